// A server that sends a byte now and then.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const told = await fetch(`${request.content.far}/drip`, { timeout: 1e9 }).then(
      () => 'answered',
      (error) => error.message,
    );
    return { content: { text: told === 'answered' ? told : 'contained' } };
  }
}
