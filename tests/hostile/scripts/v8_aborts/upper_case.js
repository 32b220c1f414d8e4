// Letters that become two each.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: `${'\u00df'.repeat(1 << 27).toUpperCase().length}` } };
  }
}
