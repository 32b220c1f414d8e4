// Headers that belong to the connection: lengths, hosts and codings that say something else.
// outcome: ok
class Script {
  process_incoming_request({ request }) {
    const url = `${request.content.far}/echo`;
    const host = url.split('/')[2];
    const headers = {
      Host: 'evil.example',
      'Content-Length': '5',
      'Transfer-Encoding': 'chunked',
      Connection: 'upgrade',
      Upgrade: 'websocket',
      Expect: '100-continue',
      TE: 'trailers',
      'Proxy-Authorization': 'x',
    };
    const { result, error } = HTTP('POST', url, { content: '0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n', headers });
    if (error) return { content: { text: error.message } };
    const told = Object.fromEntries(result.data.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const good =
      told.host === host &&
      told['content-length'] === '27' &&
      !told['transfer-encoding'] &&
      !told.upgrade &&
      !told['proxy-authorization'] &&
      !told.expect;
    return { content: { text: good ? 'contained' : JSON.stringify(result.data) } };
  }
}
