// Names that would share memory with, or run code under, somebody else: they are not there.
// outcome: ok
class Script {
  async process_incoming_request() {
    const names = ['Atomics', 'SharedArrayBuffer', 'WebAssembly', 'FinalizationRegistry'];
    const looks = [
      (name) => typeof globalThis[name],
      (name) => (name in globalThis ? 'in' : 'undefined'),
      (name) => Function(`return typeof ${name}`)(),
      (name) => (0, eval)(`typeof ${name}`),
      (name) => eval(`typeof ${name}`),
      (name) => Function('name', 'with (globalThis) return eval("typeof " + name)')(name),
      (name) => typeof Object.getOwnPropertyDescriptors(globalThis)[name],
      (name) => typeof Reflect.get(Object.getPrototypeOf(globalThis) ?? {}, name),
      (name) => function* () {}.constructor(`return typeof ${name}`)().next().value,
      (name) => async function () {}.constructor(`return typeof ${name}`)(),
    ];
    const found = [];
    for (const name of names) {
      for (const look of looks) if ((await look(name)) !== 'undefined') found.push(`${name} by ${look}`);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
