// The globals a script finds. Each is plain and configurable: a script may declare its own.
function defineGlobal(name, value) {
  ObjectDefineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

/** Define a library that is compiled when a script first touches it. */
function provide(name, source) {
  ObjectDefineProperty(globalThis, name, {
    configurable: true,
    enumerable: false,
    get() {
      const library = NativeFunction(`return (${source}\n)`)();
      defineGlobal(name, library);
      return library;
    },
    set(value) {
      defineGlobal(name, value);
    },
  });
}

defineGlobal('setTimeout', scriptSetTimeout);
defineGlobal('clearTimeout', scriptClearTimeout);
defineGlobal('console', scriptConsole);
defineGlobal('global', globalThis);
