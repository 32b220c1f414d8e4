// A getter on the result, called when the method has long returned.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    return {
      get content() {
        for (;;);
      },
    };
  }
}
