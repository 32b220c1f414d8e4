// Hands a promise of its own making, whose `then` never returns.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    return {
      then() {
        for (;;);
      },
    };
  }
}
