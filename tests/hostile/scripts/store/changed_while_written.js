// Changes Store, calls out and throws while it is being written.
// outcome: ok
class Script {
  process_incoming_request({ request }) {
    const value = {
      toJSON() {
        Store.set('b', 'x'.repeat(60000));
        value.c = HTTP('GET', request.content.trap).error.message;
        console.log('written');
        return { c: value.c };
      },
    };
    Store.set('a', value);
    return { content: { text: 'contained' } };
  }
}
