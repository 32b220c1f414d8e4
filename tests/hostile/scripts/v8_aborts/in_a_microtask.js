// Aborts after the method has returned.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    Promise.resolve().then(() => 'y'.repeat(1 << 28).split(''));
    return { content: { text: 'early' } };
  }
}
