// A hundred thousand lines.
// outcome: ok
class Script {
  process_incoming_request() {
    for (let i = 0; i < 100000; i += 1) console.log(i);
    return { content: { text: 'contained' } };
  }
}
