// Errors with the longest stack traces that V8 makes.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    Error.stackTraceLimit = Infinity;
    const errors = [];
    const deep = (n) => (n === 0 ? errors.push(new Error(`${errors.length}`)) : deep(n - 1));
    for (;;) deep(4000);
  }
}
