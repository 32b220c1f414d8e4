// Is there as `Script` only when it is asked for, and looks at who asks.
// outcome: ok
const found = [];
class Real {
  process_incoming_request() {
    return { content: { text: found.join() || 'contained' } };
  }
}
Object.defineProperty(globalThis, 'Script', {
  configurable: true,
  get() {
    try {
      const { caller } = arguments.callee;
      if (caller) found.push(`${caller}`.replace(/typeof Script.*/, ''));
      if (caller?.caller) found.push(`${caller.caller}`);
    } catch {
      // It is not told.
    }
    found.splice(0, found.length, ...found.filter((text) => /hooksmith|current/.test(text)));
    return new Proxy(Real, {
      construct: (target, given, self) => (
        given.length ? found.push(`${given}`) : 0,
        Reflect.construct(target, [], self)
      ),
    });
  },
});
