// Walks through all objects that can be reached from a global, for one of their kind or a way to it.
// outcome: ok
class Script {
  async process_incoming_request() {
    const wanted = /^(?:SharedArrayBuffer|Atomics|WebAssembly(?:\..*)?|FinalizationRegistry|Module|Memory)$/;
    const seen = new Set();
    const found = [];
    async function* asyncGenerator() {}
    function* generator() {}
    const starts = [
      ...[
        globalThis,
        asyncGenerator,
        generator,
        async () => {},
        asyncGenerator(),
        generator(),
        (() => arguments)(),
        new Proxy({}, {}),
      ],
      ...[
        [][Symbol.iterator](),
        ''[Symbol.iterator](),
        new Map().entries(),
        new Set().values(),
        'x'.matchAll(/x/g),
        Iterator.from([]).map(String),
      ],
      ...[
        new Intl.Segmenter().segment('x')[Symbol.iterator](),
        moment,
        _,
        s,
        new TextDecoder('big5'),
        new URL('http://xn--4ca/'),
        await fetch('x').catch((e) => e),
      ],
    ];
    const queue = [...starts];
    while (queue.length) {
      const value = queue.pop();
      if (Object(value) !== value || seen.has(value)) continue;
      seen.add(value);
      queue.push(Object.getPrototypeOf(value));
      for (const key of Reflect.ownKeys(value)) {
        const { value: held, get, set } = Object.getOwnPropertyDescriptor(value, key);
        if (key === 'name' && typeof value === 'function' && wanted.test(held)) found.push(held);
        if (key === Symbol.toStringTag && wanted.test(held)) found.push(held);
        queue.push(held, get, set);
      }
    }
    if (seen.size < 1500) found.push(`only ${seen.size} were seen`);
    return { content: { text: found.join() || 'contained' } };
  }
}
