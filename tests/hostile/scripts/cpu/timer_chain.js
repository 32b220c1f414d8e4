// Timers without end, each setting the next: it computes little and never finishes.
// outcome: wall-limit
// limits: cpuS=5 wallS=0.6
class Script {
  process_incoming_request() {
    return new Promise(() => {
      const again = () => setTimeout(again, 1);
      again();
    });
  }
}
