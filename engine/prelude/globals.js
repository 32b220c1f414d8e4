// The globals a script finds. Each is plain and configurable: a script may declare its own.
function defineGlobal(name, value) {
  const descriptor = { __proto__: null, value, writable: true, configurable: true, enumerable: false };
  ObjectDefineProperty(globalThis, name, descriptor);
}

/** Whether a script has frozen its globals. */
function isFixed(name) {
  return ReflectGetOwnPropertyDescriptor(globalThis, name)?.configurable === false;
}

/** Define globals that are made when a script first touches one of them. */
function provide(names, make) {
  let made;
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    ObjectDefineProperty(globalThis, name, {
      __proto__: null,
      configurable: true,
      enumerable: false,
      get() {
        made ??= make();
        if (!isFixed(name)) defineGlobal(name, made[name]);
        return made[name];
      },
      set(value) {
        defineGlobal(name, value);
      },
    });
  }
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
provide(['Store'], () => part('store'));
provide(['HTTP', 'fetch'], () => part('network'));
defineGlobal('secrets', ObjectFreeze({}));
defineGlobal('global', globalThis);
for (const library of Object.keys(LIBRARIES)) provide(LIBRARIES[library], () => more(library));
