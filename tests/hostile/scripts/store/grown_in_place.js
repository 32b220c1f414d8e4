// A value that is small when it is set, and grows afterwards.
// outcome: store-limit
// error: larger than 65536
class Script {
  process_incoming_request() {
    const list = Store.set('list', []);
    for (let i = 0; i < 100000; i += 1) list.push(i);
    return { content: { text: 'kept' } };
  }
}
