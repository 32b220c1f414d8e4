// What the environment and the native code are behind in Node.
// outcome: run-error
// error: process is not defined
class Script {
  process_incoming_request() {
    const found = Function('return process')();
    return { content: { text: JSON.stringify(found.env) + found.binding('spawn_sync') } };
  }
}
