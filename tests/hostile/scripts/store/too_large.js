// Sets a value larger than Store.
// outcome: run-error
// error: Store holds 65536 bytes
class Script {
  process_incoming_request() {
    Store.set('x', '\u2603'.repeat(30000));
    return { content: { text: 'kept' } };
  }
}
