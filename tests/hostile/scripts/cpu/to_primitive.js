// Spins when a URL is made a text of.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    fetch({
      [Symbol.toPrimitive]() {
        for (;;);
      },
    });
  }
}
