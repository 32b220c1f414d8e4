// A replacement that makes a text a thousand times as long.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: 'a'.repeat(1 << 18).replace(/a/g, '$&'.repeat(1 << 10)) } };
  }
}
