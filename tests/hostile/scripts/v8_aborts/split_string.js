// Sixty characters that kill any process in which V8 runs.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return 'y'.repeat(1 << 28).split('');
  }
}
