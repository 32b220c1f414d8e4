// Two hundred thousand members.
// outcome: result-limit
// error: larger than 1048576 characters
class Script {
  process_incoming_request() {
    return { content: { text: 'x' }, more: Object.fromEntries(Array.from({ length: 200000 }, (_, i) => [`k${i}`, i])) };
  }
}
