// A call with sixty million arguments.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: String.fromCharCode.apply(null, { length: 1 << 26 }) } };
  }
}
