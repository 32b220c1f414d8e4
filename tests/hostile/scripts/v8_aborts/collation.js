// Compares two long texts as a dictionary would.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: `${new Intl.Collator('de').compare('a'.repeat(1 << 27), '\u00e4'.repeat(1 << 27))}` } };
  }
}
