// The same by way of the iterators, for an answer that nobody awaits.
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
