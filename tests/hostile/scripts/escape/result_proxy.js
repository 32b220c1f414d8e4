// A result that is a proxy, and reports who asks what of it.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    const note = (given) => {
      for (const one of given) {
        if (Object(one) === one && one !== target && one !== proxy && one !== handler)
          found.push(Reflect.ownKeys(one).map(String).join());
      }
    };
    const target = { content: { text: 'contained' } };
    const handler = new Proxy(
      {},
      {
        get: (_, trap) =>
          function (...given) {
            note([this, ...given]);
            if (found.length && given[1] === 'content') return { text: found.join(' | ') };
            return Reflect[trap](...given);
          },
      },
    );
    const proxy = new Proxy(target, handler);
    return proxy;
  }
}
