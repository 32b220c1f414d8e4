// A number that JSON has no form for.
// outcome: result-invalid
// error: BigInt
class Script {
  process_incoming_request() {
    return { content: { text: 'x', n: 2n ** 64n } };
  }
}
