// Answers well, and leaves a loop in the queue of microtasks.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    const again = () => Promise.resolve().then(again);
    again();
    return { content: { text: 'early' } };
  }
}
