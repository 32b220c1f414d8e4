// Each `then` adds the next one.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    const again = () => Promise.resolve().then(again);
    again();
    return new Promise(() => {});
  }
}
