// The same, to make a text of Store.
// outcome: ok
class Script {
  process_incoming_request() {
    Store.set('toJSON', () => 'x'.repeat(100));
    return { content: { text: 'contained' } };
  }
}
