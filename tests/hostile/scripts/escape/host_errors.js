// Climbs from the errors that the host throws, and from what a call to the outside answers.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const found = [];
    const thrown = [];
    const take = (call) => {
      try {
        call();
      } catch (error) {
        thrown.push(error);
      }
    };
    take(() => fetch(Symbol('x')));
    take(() => setTimeout());
    take(() => Store.set('x', 1n));
    take(() => new URL('x'));
    take(() => atob('?'));
    thrown.push(HTTP('GET', request.content.trap).error);
    thrown.push(await fetch(request.content.trap).catch((error) => error));
    thrown.push(await fetch(Symbol('x')).catch((error) => error));
    const answer = await fetch(`${request.content.far}/`);
    for (const given of [...thrown, answer, answer.headers, await answer.bytes(), fetch('file:///').catch(() => {})]) {
      if (given.constructor.constructor('return this')() !== globalThis) found.push(`${given}`);
    }
    if (thrown.length < 7) found.push(`only ${thrown.length} were thrown`);
    return { content: { text: found.join() || 'contained' } };
  }
}
