// Floods the console when the method has returned: from the result, from Store and from a promise.
// outcome: ok
class Script {
  process_incoming_request() {
    const flood = () => {
      for (let i = 0; i < 2000; i += 1) console.log('x'.repeat(1000));
      return 'contained';
    };
    Store.set('x', { toJSON: flood });
    Promise.resolve().then(flood);
    return { content: { text: { toJSON: flood } } };
  }
}
