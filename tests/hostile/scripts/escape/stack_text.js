// Reads the names of its callers in plain stack traces, for the key to the prelude.
// outcome: ok
Error.stackTraceLimit = 200;
const stacks = [];
const look = () => stacks.push(new Error('x').stack);
Object.defineProperty(Object.prototype, 'then', {
  configurable: true,
  get() {
    look();
    return undefined;
  },
});
class Script {
  constructor() {
    look();
  }
  async process_incoming_request({ request }) {
    look();
    HTTP('GET', `${request.content.far}/`, {}, look);
    await fetch(`${request.content.far}/`).catch(look);
    await new Promise((done) => setTimeout(() => done(look()), 1));
    try {
      (function deeper() {
        deeper();
      })();
    } catch (error) {
      stacks.push(error.stack);
    }
    for (const call of [() => Store.set(Symbol('x'), 1), () => null.x, () => Reflect.construct(fetch, [])]) {
      try {
        call();
      } catch (error) {
        stacks.push(error.stack, error.message);
      }
    }
    const found = stacks.join('\n').match(/hooksmith_\w+/g);
    return { content: { text: found ? found.join() : 'contained' } };
  }
}
