// Takes its memory one microtask at a time, where V8 tells nobody that the limit was reached.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  async process_incoming_request() {
    const held = [];
    for (;;) {
      held.push(new Array(1000).fill(1.5));
      await null;
    }
  }
}
