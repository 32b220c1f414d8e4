// Calls itself again whenever the stack is full.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    const f = () => {
      try {
        f();
      } finally {
        f();
      }
    };
    f();
  }
}
