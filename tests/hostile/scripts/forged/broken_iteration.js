// Breaks what the prelude makes of an answer that nobody awaits: the iterators throw.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    fetch(`${request.content.far}/`).catch(() => {});
    Array.prototype[Symbol.iterator] = () => {
      throw new Error('mine');
    };
    await new Promise((done) => setTimeout(done, 100));
    return { content: { text: 'contained' } };
  }
}
