// A pattern that looks ahead, in a replace of many places.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    return { content: { text: 'a'.repeat(5000).replace(/a(?=(?:a+)+b)/g, '') } };
  }
}
