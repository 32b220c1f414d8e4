// The largest number that there is, as text.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: `${(2n ** (2n ** 30n - 1n)).toString().length}` } };
  }
}
