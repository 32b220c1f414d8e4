// An array that is longer than any.
// outcome: result-limit
class Script {
  process_incoming_request() {
    return {
      content: {
        text: 'x',
        list: new Proxy([], { get: (_, key) => (key === 'length' ? Infinity : key === 'toJSON' ? undefined : 1) }),
      },
    };
  }
}
