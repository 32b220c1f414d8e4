// A result that is short as JSON and takes for ever to write: a hundred thousand members without a value, often.
// outcome: cpu-limit
// limits: cpuS=0.3
class Script {
  process_incoming_request() {
    const nothing = Object.fromEntries(Array.from({ length: 100000 }, (_, i) => [`k${i}`, undefined]));
    return { content: { text: 'x' }, list: Array(100000).fill(nothing) };
  }
}
