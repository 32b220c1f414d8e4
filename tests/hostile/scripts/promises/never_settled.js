// Awaits what nobody will ever settle.
// outcome: never-settled
class Script {
  process_incoming_request() {
    return new Promise(() => {});
  }
}
