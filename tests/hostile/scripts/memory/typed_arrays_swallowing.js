// Typed arrays beyond V8's heap; what V8 throws then is caught, and the next one asked for.
// outcome: memory-limit
// limits: cpuS=1 wallS=60
class Script {
  process_incoming_request() {
    const arrays = [];
    let size = 1 << 22;
    for (;;) {
      try {
        arrays.push(new BigUint64Array(size).fill(1n));
      } catch {
        size = Math.max(size >> 1, 1);
        arrays.push(arrays.slice());
      }
    }
  }
}
