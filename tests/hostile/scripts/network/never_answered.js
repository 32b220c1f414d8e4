// A server that says nothing, asked ten times at once. The time it takes is the run's own.
// outcome: wall-limit
// limits: wallS=0.3
class Script {
  async process_incoming_request({ request }) {
    await Promise.all(Array.from({ length: 10 }, () => fetch(`${request.content.far}/never`)));
    return { content: { text: 'answered' } };
  }
}
