// A million members.
// outcome: result-limit
class Script {
  process_incoming_request() {
    return { content: { text: 'x' }, more: Object.fromEntries(Array.from({ length: 200000 }, (_, i) => [`k${i}`, i])) };
  }
}
