// One call into V8 that runs for centuries and never looks up.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    return { content: { text: `${Array.prototype.includes.call({ length: Number.MAX_SAFE_INTEGER }, 1)}` } };
  }
}
