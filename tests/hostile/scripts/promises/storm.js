// A million promises that wait for each other.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  async process_incoming_request() {
    const f = async (n) => Promise.all([f(n + 1), f(n + 2), Promise.race([f(n)])]);
    await null;
    return f(0);
  }
}
