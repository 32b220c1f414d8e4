// An array that says of itself that it has four thousand million items.
// outcome: result-limit
// error: larger than 1048576 characters
class Script {
  process_incoming_request() {
    const list = [];
    list.length = 2 ** 32 - 1;
    return { content: { text: 'x', list } };
  }
}
