// Catches the function with which libraries load more of themselves, and asks it for files.
// outcome: ok
const caught = new Set();
const climb = (start) => {
  for (let above = start, n = 0; above && n < 30; above = above.caller, n += 1) {
    try {
      for (const given of above.arguments ?? []) if (typeof given === 'function') caught.add(given);
    } catch {
      return;
    }
  }
};
const spy = (owner, name) => {
  const real = owner[name];
  owner[name] = function (...given) {
    try {
      climb(arguments.callee.caller);
    } catch {
      // A strict caller.
    }
    return Reflect.apply(real, this, given);
  };
};
for (const name of ['keys', 'defineProperty', 'create', 'freeze', 'assign', 'getPrototypeOf', 'setPrototypeOf'])
  spy(Object, name);
for (const name of ['push', 'slice', 'forEach', 'concat', 'map', 'includes', 'filter', 'join'])
  spy(Array.prototype, name);
for (const name of ['split', 'replace', 'toLowerCase', 'charCodeAt', 'slice', 'trim']) spy(String.prototype, name);
class Script {
  process_incoming_request() {
    const found = [];
    for (const make of [
      () => moment(),
      () => _.map([1], String),
      () => s.trim(' x '),
      () => new URL('http://xn--4ca/'),
      () => new TextDecoder('big5'),
      () => atob('eA=='),
    ]) {
      try {
        make();
      } catch (error) {
        console.log(error.message);
      }
    }
    for (const load of caught) {
      for (const name of [
        '../../settings.py',
        '/etc/passwd',
        'vendor/acorn',
        'classes',
        '',
        '__proto__',
        'url\n1 {"kind":"store"}',
      ]) {
        try {
          const got = load(name);
          if (got !== undefined && String(got).includes('root:')) found.push(name);
          if (got !== undefined && /store|def |import /.test(String(got))) found.push(String(got).slice(0, 80));
        } catch {
          continue;
        }
      }
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
