// Headers, methods and addresses with line ends in them, to make two requests of one.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const url = `${request.content.far}/echo`;
    const found = [];
    const evil = [
      'x\r\nX-Evil: 1',
      'x\nX-Evil: 1',
      'x\r\n\r\nGET /evil HTTP/1.1\r\n\r\n',
      'x\0y',
      '\u010d\u010aX-Evil: 1',
      'x\u2028X-Evil: 1',
    ];
    const calls = evil.flatMap((text) => [
      () => HTTP('GET', url, { headers: { 'X-Good': text } }),
      () => HTTP('GET', url, { headers: { [text]: 'x' } }),
      () => HTTP(`GET ${text}`, url),
      () => HTTP('GET', `${url}?${text}`),
      () => HTTP('GET', url, { auth: `me:${text}` }),
    ]);
    for (const call of calls) {
      const { result, error } = call();
      if (error && /may call/.test(error.message)) found.push(error.message);
      if (result && result.data.headers.some(([name, value]) => /evil/i.test(name) || /[\r\n]/.test(value)))
        found.push(JSON.stringify(result.data));
    }
    const { result } = HTTP('GET', url);
    if (!/^GET \/echo$/.test(result?.data.line)) found.push(`another answer: ${result?.content}`);
    return { content: { text: found.join() || 'contained' } };
  }
}
