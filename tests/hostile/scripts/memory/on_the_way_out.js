// Takes its memory in a toJSON of the result.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return {
      toJSON() {
        const held = [];
        for (;;) held.push({ held });
      },
    };
  }
}
