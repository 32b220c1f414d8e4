// An error with a message, a name and a stack of tens of megabytes.
// outcome: run-error
// error: xxxx
class Script {
  process_incoming_request() {
    const error = new Error('x'.repeat(1 << 24));
    error.name = 'N'.repeat(1 << 20);
    error.stack = `Error: y\n${'    at prelude/hooksmith.js:1:1\n'.repeat(200000)}`;
    throw error;
  }
}
