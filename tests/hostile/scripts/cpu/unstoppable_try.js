// Catches whatever would end the loop, and goes on in `finally`.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    for (;;) {
      try {
        for (;;);
      } catch {
        continue;
      } finally {
        for (;;);
      }
    }
  }
}
