// The globals a script finds. Each is plain and configurable: a script may declare its own.
function defineGlobal(name, value) {
  const descriptor = { __proto__: null, value, writable: true, configurable: true, enumerable: false };
  ObjectDefineProperty(globalThis, name, descriptor);
}

/** Define the globals of a library; it is had from the worker when a script first touches one of them. */
function provide(library, names) {
  let made;
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    ObjectDefineProperty(globalThis, name, {
      __proto__: null,
      configurable: true,
      enumerable: false,
      get() {
        made ??= more(library);
        defineGlobal(name, made[name]);
        return made[name];
      },
      set(value) {
        defineGlobal(name, value);
      },
    });
  }
}

/** A library, or more of one: this is what a library itself calls for what it seldom needs. */
function more(name) {
  return NativeFunction('more', `return (${librarySource(name)}\n)\n//# sourceURL=${PRELUDE_NAME}`)(more);
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
for (const library of Object.keys(LIBRARIES)) provide(library, LIBRARIES[library]);
