// Maps of sets of maps.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    const all = new Map();
    for (let i = 0; ; i += 1) all.set({ i }, new Set([i, `${i}`, new Map([[i, i]])]));
  }
}
