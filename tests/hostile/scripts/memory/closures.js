// Functions, each of which holds on to the one before and to an array.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    let call = () => 0;
    for (let i = 0; ; i += 1) {
      const before = call;
      const held = new Array(64).fill(i);
      call = () => before() + held[0];
    }
  }
}
