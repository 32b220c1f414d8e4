// A regular expression of forty thousand groups.
// outcome: run-error
// error: Invalid regular expression
class Script {
  process_incoming_request() {
    return { content: { text: `${new RegExp('('.repeat(40000) + ')'.repeat(40000)).test('x')}` } };
  }
}
