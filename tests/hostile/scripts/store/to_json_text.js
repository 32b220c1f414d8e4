// A value under the name toJSON that would make a text of the whole of Store.
// outcome: ok
class Script {
  process_incoming_request() {
    Store.set('toJSON', () => 'x'.repeat(100));
    return { content: { text: 'contained' } };
  }
}
