// Freezes everything, so that nothing of the host's could be put there any more.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const seen = new Set();
    const freeze = (value) => {
      if (Object(value) !== value || seen.has(value)) return;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) freeze(Object.getOwnPropertyDescriptor(value, key).value);
      freeze(Object.getPrototypeOf(value));
      if (!ArrayBuffer.isView(value)) Object.freeze(value);
    };
    freeze(globalThis);
    const told =
      HTTP('GET', `${request.content.far}/`).result.data.n + (await (await fetch(`${request.content.far}/`)).json()).n;
    Store.set('a', told);
    await new Promise((done) => setTimeout(done, 1));
    console.log(told);
    return { content: { text: told === 2 ? 'contained' : `${told}` } };
  }
}
