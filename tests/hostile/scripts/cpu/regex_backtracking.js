// The pattern that takes for ever on 60 characters. V8 changes to its linear engine here.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = /^(a+)+$/.test(`${'a'.repeat(60)}b`);
    return { content: { text: found ? 'found' : 'contained' } };
  }
}
