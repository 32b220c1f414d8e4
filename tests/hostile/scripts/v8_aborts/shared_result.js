// The same as a result, whose size is bounded while it is written.
// outcome: result-limit
class Script {
  process_incoming_request() {
    let value = 'x'.repeat(1000);
    for (let i = 0; i < 40; i += 1) value = [value, value];
    return { content: { text: 'x', value } };
  }
}
