// A value that gets to contain itself.
// outcome: store-limit
// error: cycle
class Script {
  process_incoming_request() {
    const value = Store.set('value', {});
    value.value = value;
    return { content: { text: 'kept' } };
  }
}
