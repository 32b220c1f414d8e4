// A hundred million matches in one text.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: `${'x'.repeat(1 << 27).match(/x/g).length}` } };
  }
}
