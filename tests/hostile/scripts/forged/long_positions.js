// The same with more digits than Python turns into a number.
// outcome: run-error
class Script {
  process_incoming_request() {
    const error = new Error('x');
    error.stack = `Error: x\n    at run (hook.js:${'9'.repeat(5000)}:1)`;
    throw error;
  }
}
