// A server that never stops sending.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const told = await fetch(`${request.content.far}/endless`).then(
      (answer) => answer.text(),
      (error) => error.message,
    );
    return { content: { text: /larger than|in time|within/.test(told) ? 'contained' : told.slice(0, 100) } };
  }
}
