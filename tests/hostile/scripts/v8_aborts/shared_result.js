// A result that is small in memory and endless as JSON; its size is bounded while it is written.
// outcome: result-limit
// error: larger than 1048576 characters
class Script {
  process_incoming_request() {
    let value = 'x'.repeat(1000);
    for (let i = 0; i < 40; i += 1) value = [value, value];
    return { content: { text: 'x', value } };
  }
}
