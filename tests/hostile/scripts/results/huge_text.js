// One text of sixteen megabytes.
// outcome: result-limit
// error: larger than 1048576 characters
class Script {
  process_incoming_request() {
    return { content: { text: 'x'.repeat(1 << 24) } };
  }
}
