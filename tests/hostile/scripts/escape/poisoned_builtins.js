// Replaces what the host might call by functions that remember what they were given.
// outcome: ok
const heard = { count: 0, text: '' };
const { getPrototypeOf, getOwnPropertyDescriptor, defineProperty } = Object;
const { apply, construct } = Reflect;
const poison = (owner, name) => {
  const real = getOwnPropertyDescriptor(owner, name);
  const { value } = real;
  defineProperty(owner, name, {
    __proto__: null,
    ...real,
    value: function () {
      heard.count += 1;
      // What has no prototype here is the host's.
      for (let i = -1; i < arguments.length; i += 1) {
        const one = i < 0 ? this : arguments[i];
        if (typeof one === 'object' && one !== null && getPrototypeOf(one) === null) heard.text += `${String(name)},`;
      }
      return new.target ? construct(value, arguments, new.target) : apply(value, this, arguments);
    },
  });
};
for (const [owner, ...names] of [
  [Object, 'keys', 'defineProperty', 'freeze', 'assign', 'getPrototypeOf'],
  [JSON, 'parse', 'stringify'],
  [Map.prototype, 'get', 'set', 'delete', 'forEach', 'clear'],
  [Set.prototype, 'has', 'add', 'delete'],
  [Array.prototype, 'push', 'join', 'map', 'forEach', 'slice', Symbol.iterator],
  [String.prototype, 'charCodeAt', 'slice', 'indexOf', 'toUpperCase', 'toWellFormed', 'replace'],
  [Promise.prototype, 'then'],
]) {
  for (const name of names) poison(owner, name);
}
class Script {
  async process_incoming_request({ request }) {
    const { far } = request.content;
    console.log('x', { a: [1] }, new Map([[1, 2]]));
    Store.set('a', { b: 1 });
    HTTP('POST', `${far}/echo`, { data: { a: 1 }, headers: { a: 'b' } });
    const answer = await fetch(`${far}/large`);
    await answer.bytes();
    await new Promise((done) => setTimeout(done, 1));
    return { content: { text: heard.text || 'contained' } };
  }
}
