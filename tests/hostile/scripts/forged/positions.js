// An error from a line that no number can hold: what the server reads of it, it must be able to store.
// outcome: run-error
// error: x
class Script {
  process_incoming_request() {
    const error = new Error('x');
    error.stack = `Error: x\n    at run (hook.js:${'9'.repeat(30)}:${'9'.repeat(30)})`;
    throw error;
  }
}
