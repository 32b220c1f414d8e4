// Never leaves the queue of microtasks.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  async process_incoming_request() {
    for (;;) await null;
  }
}
