// Throws an error whose stack, name and message are loops.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    const loop = {
      get() {
        for (;;);
      },
    };
    throw Object.defineProperties(new Error('x'), { name: loop, message: loop, stack: loop });
  }
}
