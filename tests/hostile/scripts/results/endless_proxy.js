// An array that is longer than any.
// outcome: result-limit
// error: larger than 1048576 characters
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
