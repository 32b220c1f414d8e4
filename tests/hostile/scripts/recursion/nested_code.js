// Code nested so deeply that it cannot be read.
// outcome: run-error
// error: Maximum call stack size exceeded
class Script {
  process_incoming_request() {
    return { content: { text: `${eval(`${'['.repeat(100000)}${']'.repeat(100000)}`).length}` } };
  }
}
