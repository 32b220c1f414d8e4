// Answers with a hundred thousand headers, with one of megabytes, and with two lengths.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const found = [];
    for (const path of ['headers', 'header', 'lies']) {
      await fetch(`${request.content.far}/${path}`).then(
        () => found.push(path),
        () => {},
      );
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
