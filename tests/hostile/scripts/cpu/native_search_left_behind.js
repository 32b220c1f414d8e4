// One call into V8 that runs for centuries, made after the answer, when nobody waits for it any more.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    Promise.resolve().then(() => Array.prototype.includes.call({ length: Number.MAX_SAFE_INTEGER }, 1));
    return { content: { text: 'early' } };
  }
}
