// A value under the name toJSON, which would decide what the whole of Store is written as.
// outcome: ok
class Script {
  process_incoming_request() {
    Store.set('kept', 1);
    Store.set('toJSON', () => null);
    return { content: { text: 'contained' } };
  }
}
