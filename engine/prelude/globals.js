// The globals a script finds. Each is plain and configurable: a script may declare its own.
function defineGlobal(name, value) {
  const descriptor = { __proto__: null, value, writable: true, configurable: true, enumerable: false };
  ObjectDefineProperty(globalThis, name, descriptor);
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

/** Give a script its secrets. */
function confide(secrets) {
  defineGlobal('secrets', ObjectFreeze(secrets));
}

// These run a script's code when no job asks for it, or block its thread where no CPU time is counted.
delete globalThis.Atomics;
delete globalThis.SharedArrayBuffer;
delete globalThis.FinalizationRegistry;
delete globalThis.WebAssembly;

installClock();
defineGlobal('setTimeout', scriptSetTimeout);
defineGlobal('clearTimeout', scriptClearTimeout);
defineGlobal('console', scriptConsole);
defineGlobal('Store', scriptStore);
defineGlobal('HTTP', scriptHttp);
defineGlobal('fetch', scriptFetch);
defineGlobal('secrets', ObjectFreeze({}));
defineGlobal('global', globalThis);
