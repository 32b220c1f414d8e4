// Goes to where it may, and has itself sent on to where it may not.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const { far, trap, trapPort } = request.content;
    const found = [];
    for (const target of [
      trap,
      `http://[::1]:${trapPort}/`,
      `//127.0.0.1:${trapPort}/`,
      'http://169.254.169.254/',
      'file:///etc/passwd',
      'gopher://127.0.0.1:25/x',
      `http://a@127.0.0.1:${trapPort}`,
      `http://127.0.0.1:${trapPort}\\@x/`,
    ]) {
      const answer = await fetch(`${far}/to?${encodeURIComponent(target)}`).catch((error) => error.message);
      if (typeof answer !== 'string' || !/redirect/.test(answer)) found.push(`${target}: ${answer}`);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
