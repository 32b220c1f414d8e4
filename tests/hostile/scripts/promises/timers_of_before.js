// Timers of one request of a kept instance that ring under the next, and call out then.
// outcome: ok
// kept: 3
class Script {
  async process_incoming_request({ request }) {
    this.rang = this.rang || [];
    const before = this.rang.length;
    await new Promise((done) => setTimeout(done, 20));
    setTimeout(() => {
      this.rang.push(HTTP('GET', request.content.trap).error.message);
      return fetch(request.content.trap).catch((error) => this.rang.push(error.message));
    }, 1);
    const wrong = this.rang.filter((message) => !message.includes('not public'));
    return { content: { text: wrong.join() || (before > 4 ? 'too often' : 'contained') } };
  }
}
