// Patterns that are compiled and kept, with the texts that they are made of.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    const patterns = [];
    for (let i = 0; ; i += 1) patterns.push(new RegExp(`^${i}(?:${'[a-z]{2,9}|'.repeat(300)}x)`));
  }
}
