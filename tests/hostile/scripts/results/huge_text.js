// One text of sixteen megabytes.
// outcome: result-limit
class Script {
  process_incoming_request() {
    return { content: { text: 'x'.repeat(1 << 24) } };
  }
}
