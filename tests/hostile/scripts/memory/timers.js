// Timers that are set and never due.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    for (;;) setTimeout(() => {}, 1e9, new Array(100).fill(0));
  }
}
