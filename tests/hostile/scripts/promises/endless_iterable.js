// Gathers an asynchronous sequence that does not end.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    return Array.fromAsync(
      (async function* () {
        for (let n = 0; ; n += 1) yield { n };
      })(),
    );
  }
}
