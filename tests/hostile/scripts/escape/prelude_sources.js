// Reads the source of every function within reach, for a key or a secret in it.
// outcome: ok
class Script {
  process_incoming_request() {
    const seen = new Set();
    const texts = [];
    const queue = [globalThis, moment, _, s, URL, TextDecoder, atob];
    while (queue.length) {
      const value = queue.pop();
      if (Object(value) !== value || seen.has(value)) continue;
      seen.add(value);
      if (typeof value === 'function') texts.push(Function.prototype.toString.call(value));
      queue.push(Object.getPrototypeOf(value));
      for (const key of Reflect.ownKeys(value)) {
        const { value: held, get, set } = Object.getOwnPropertyDescriptor(value, key);
        queue.push(held, get, set);
      }
    }
    const found = texts.join('\n').match(/hooksmith_[0-9a-f]+|secret[_A-Z]\w*|\/(?:usr|home|tmp|work)\/\S+/g);
    return { content: { text: found ? found.join() : seen.size > 1000 ? 'contained' : `only ${seen.size} were seen` } };
  }
}
