// A hundred thousand rejections that nobody handles.
// outcome: ok
class Script {
  async process_incoming_request() {
    for (let i = 0; i < 100000; i += 1) Promise.reject(new Error(`${i}`));
    return { content: { text: 'contained' } };
  }
}
