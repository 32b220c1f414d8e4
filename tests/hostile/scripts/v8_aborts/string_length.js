// Texts longer than V8 has them: an error like any other.
// outcome: run-error
// error: Invalid string length
class Script {
  process_incoming_request() {
    return { content: { text: Array(2 ** 28).join('xx') } };
  }
}
