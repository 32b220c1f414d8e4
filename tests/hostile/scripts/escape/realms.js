// Every known way to another realm, whose built-ins nobody has looked after.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    for (const name of [
      'ShadowRealm',
      'Realm',
      'Worker',
      'SharedWorker',
      'Worklet',
      'vm',
      'createRealm',
      '$262',
      'd8',
      'newGlobal',
    ]) {
      if (typeof globalThis[name] !== 'undefined') found.push(name);
    }
    const Foreign = new Proxy(function () {}, {});
    for (const make of [Array, Map, Promise, Error, Function, Date, Uint8Array, ArrayBuffer, RegExp]) {
      const given = make === Promise ? [() => {}] : [];
      const made = Reflect.construct(make, given, Foreign);
      if (made.constructor.constructor('return this')() !== globalThis) found.push(`a realm behind ${make.name}`);
    }
    const { proxy, revoke } = Proxy.revocable(function () {}, {});
    revoke();
    try {
      Reflect.construct(Array, [], proxy);
    } catch (error) {
      if (!(error instanceof TypeError)) found.push('a foreign TypeError');
    }
    const template = (strings) => strings;
    if (!(template`x` instanceof Array) || !(template`x`.raw instanceof Array)) found.push('foreign template objects');
    return { content: { text: found.join() || 'contained' } };
  }
}
