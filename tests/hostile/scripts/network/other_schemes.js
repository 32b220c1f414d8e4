// Everything but HTTP.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const found = [];
    const { trapPort } = request.content;
    for (const url of [
      'file:///etc/passwd',
      'ftp://127.0.0.1/',
      'gopher://127.0.0.1/',
      'data:text/plain,x',
      'unix:///run/x.sock',
      'http+unix://x/',
      'jar:file:///x!/',
      'javascript:1',
      '',
      '/',
      'http:',
      'http://',
      `https://127.0.0.1:${trapPort}`,
      `ws://127.0.0.1:${trapPort}`,
    ]) {
      await fetch(url).then(
        () => found.push(url),
        () => {},
      );
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
