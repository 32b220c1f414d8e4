// A text that is six times as long when it is written as JSON.
// outcome: result-limit
// error: larger than 1048576 characters
class Script {
  process_incoming_request() {
    return { content: { text: 'x', more: '\0'.repeat(1 << 18) } };
  }
}
