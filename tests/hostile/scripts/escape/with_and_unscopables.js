// Puts a scope of its own between the host's code and its names.
// outcome: ok
var asked = [];
var note = (target, name) => {
  asked.push(String(name));
  return undefined;
};
Object.setPrototypeOf(
  globalThis,
  new Proxy({ __proto__: null }, { has: note, get: note, getOwnPropertyDescriptor: note }),
);
class Script {
  process_incoming_request({ request }) {
    typeof process;
    HTTP('GET', `${request.content.far}/`);
    const inside = Function('scope', 'with (scope) { return typeof process + typeof plug }')(globalThis);
    if (!asked.includes('process')) asked.push('hooksmith_ was not looked for');
    const ours = asked.filter((name) => /hooksmith_|current|asked/.test(name));
    return { content: { text: ours.join() || (inside === 'undefinedundefined' ? 'contained' : inside) } };
  }
}
