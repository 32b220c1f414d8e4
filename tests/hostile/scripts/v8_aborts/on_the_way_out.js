// Aborts while the result is written.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return {
      get content() {
        return 'y'.repeat(1 << 28).split('');
      },
    };
  }
}
