// A result whose keys are asked of a trap that never answers.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    return new Proxy(
      {},
      {
        ownKeys() {
          for (;;);
        },
      },
    );
  }
}
