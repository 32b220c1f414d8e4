// Misuses the helper that classes of sloppy scripts are made with.
// outcome: ok
class Script {
  process_incoming_request() {
    undeclared = 1; // which the compiler does something about
    const found = [];
    const helper = eval(['hooksmith', 'class'].join('$')); // named in full it would not be there
    if (helper.constructor('return this')() !== globalThis) found.push('another global');
    for (const given of [
      [],
      ['X', null, () => {}],
      ['X', Proxy, () => {}],
      ['X', (state) => Object.assign(state, { make: () => globalThis })],
    ]) {
      try {
        const made = helper(...given);
        if (made && made.constructor && made.constructor.constructor !== Function) found.push(`${given}`);
      } catch {
        continue;
      }
    }
    const key = helper.makePrivate('#x');
    try {
      ({})[key];
      found.push('a private member of a stranger');
    } catch {
      delete Object.prototype[key];
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
