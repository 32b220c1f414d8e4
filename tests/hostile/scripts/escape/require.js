// What opens a file or starts a program in Node.
// outcome: run-error
// error: require is not defined
class Script {
  process_incoming_request() {
    return { content: { text: require('child_process').execSync('id').toString() } };
  }
}
