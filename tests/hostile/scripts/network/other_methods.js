// Methods that open tunnels or mirror what was sent.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const found = [];
    for (const method of [
      'CONNECT',
      'TRACE',
      'TRACK',
      'PROPFIND',
      'get\0',
      'G ET',
      '',
      '__proto__',
      'GET\r\nX: y',
      '\u0262et',
    ]) {
      const { result } = HTTP(method, `${request.content.far}/echo`);
      if (result) found.push(method);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
