// Calls itself for ever.
// outcome: run-error
// error: Maximum call stack size exceeded
class Script {
  process_incoming_request(given) {
    return this.process_incoming_request(given);
  }
}
