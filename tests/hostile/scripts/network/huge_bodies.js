// Sends the longest bodies it may, ten at once.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const url = `${request.content.far}/echo`;
    const body = 'x'.repeat((1 << 20) - 1000);
    const told = await Promise.all(
      Array.from({ length: 10 }, () => fetch(url, { method: 'POST', body }).then((answer) => answer.json())),
    );
    return { content: { text: told.every(({ size }) => size === body.length) ? 'contained' : JSON.stringify(told) } };
  }
}
