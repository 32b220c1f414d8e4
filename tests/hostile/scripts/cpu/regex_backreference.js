// A pattern with a backreference, which the linear engine cannot take over.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    return { content: { text: `${/^((a+)+)\1\1b$/.test('a'.repeat(60))}` } };
  }
}
