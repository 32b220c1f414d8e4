// A megabyte that unpacks to a quarter of a gigabyte.
// outcome: ok
class Script {
  process_incoming_request({ request }) {
    const { error, result } = HTTP('GET', `${request.content.far}/bomb`, { headers: { 'Accept-Encoding': 'gzip' } });
    return { content: { text: error && /larger than/.test(error.message) ? 'contained' : `${error} ${result}` } };
  }
}
