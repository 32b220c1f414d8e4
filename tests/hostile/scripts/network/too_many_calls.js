// Twice as many calls as allowed, in both ways and at the same time.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const url = `${request.content.far}/`;
    const { calls } = request.content;
    const awaited = Array.from({ length: calls }, () =>
      fetch(url).then(
        () => 1,
        () => 0,
      ),
    );
    const waited = Array.from({ length: calls }, () => (HTTP('GET', url).result ? 1 : 0));
    const made = [...(await Promise.all(awaited)), ...waited].reduce((a, b) => a + b);
    return { content: { text: made === calls ? 'contained' : `${made} calls` } };
  }
}
