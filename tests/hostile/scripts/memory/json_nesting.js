// Text that is small, and large when it is parsed.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    return { content: { text: `${JSON.parse(`[${'{"a":[]},'.repeat(1e6)}0]`).length}` } };
  }
}
