// Generators that were begun and never end.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    function* wait() {
      const held = new Array(32).fill(0);
      yield held;
    }
    const begun = [];
    for (;;) {
      const one = wait();
      one.next();
      begun.push(one);
    }
  }
}
