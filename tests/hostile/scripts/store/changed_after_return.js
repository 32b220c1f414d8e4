// Goes on changing Store when the method has returned.
// outcome: ok
class Script {
  process_incoming_request() {
    const value = Store.set('value', { n: 0 });
    Promise.resolve().then(() => {
      value.n = 1;
      Store.set('later', 'x'.repeat(1000));
    });
    setTimeout(() => Store.set('never', 1), 0);
    return { content: { text: 'contained' } };
  }
}
