// An error from a line of five thousand digits, more than the server turns into a number.
// outcome: run-error
// error: x
class Script {
  process_incoming_request() {
    const error = new Error('x');
    error.stack = `Error: x\n    at run (hook.js:${'9'.repeat(5000)}:1)`;
    throw error;
  }
}
