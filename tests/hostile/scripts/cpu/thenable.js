// Hands a promise of its own making, whose `then` never returns.
// outcome: cpu-limit
// limits: cpuS=0.3
class Script {
  process_incoming_request() {
    return {
      then() {
        for (;;);
      },
    };
  }
}
