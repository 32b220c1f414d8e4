// Catches the error that never comes.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    for (;;) {
      try {
        Array.from('y'.repeat(1 << 27));
      } catch {
        continue;
      }
    }
  }
}
