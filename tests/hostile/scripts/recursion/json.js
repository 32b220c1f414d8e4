// A value nested a hundred thousand times, made of text and made text of again: V8 needs no stack for it.
// outcome: ok
class Script {
  process_incoming_request() {
    const value = JSON.parse(`${'['.repeat(1e5)}${']'.repeat(1e5)}`);
    return { content: { text: JSON.stringify(value).length === 2e5 ? 'contained' : 'shortened' } };
  }
}
