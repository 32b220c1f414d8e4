// Spins where V8 lets a script format stack traces.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    Error.prepareStackTrace = () => {
      for (;;);
    };
    throw new Error('x');
  }
}
