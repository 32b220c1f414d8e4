// Leaves a loop in the queue of microtasks of a kept instance, whose next request would have to bear it.
// outcome: cpu-limit
// limits: cpuS=0.2
// kept: 2
class Script {
  process_incoming_request() {
    this.calls = (this.calls || 0) + 1;
    const again = () => this.calls > 1 && Promise.resolve().then(again);
    again();
    return { content: { text: 'contained' } };
  }
}
