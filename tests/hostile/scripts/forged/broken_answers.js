// Breaks what the prelude makes of an answer: its setters throw, and nobody iterates any more.
// outcome: run-error
// error: mine
class Script {
  async process_incoming_request({ request }) {
    Object.defineProperty(Object.prototype, 'status', {
      set() {
        throw new Error('mine');
      },
    });
    return { content: { text: (await fetch(`${request.content.far}/`)).url } };
  }
}
