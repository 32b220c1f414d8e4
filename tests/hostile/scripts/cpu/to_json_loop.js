// A toJSON on the result.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    return {
      content: {
        toJSON() {
          for (;;);
        },
      },
    };
  }
}
