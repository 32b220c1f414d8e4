// Objects that turn into something else each time they are looked at, wherever the host makes text of them.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const { trap, far } = request.content;
    let turns = 0;
    const evil = {
      [Symbol.toPrimitive]() {
        turns += 1;
        return turns % 2 ? `${far}/echo` : `${trap}/`;
      },
    };
    const found = [];
    for (let i = 0; i < 4; i += 1) {
      const { result } = HTTP(i % 2 ? 'GET' : { toString: () => 'GET' }, evil);
      if (result && !result.data.line) found.push(`HTTP ${turns}`);
    }
    for (let i = 0; i < 4; i += 1) {
      const text = await fetch(evil).then(
        (answer) => answer.text(),
        () => '{"line":1}',
      );
      if (!JSON.parse(text).line) found.push(`fetch ${turns}`);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
