// A character that becomes eighteen, millions of times.
// outcome: run-error
// error: Icu error
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: `${'\ufdfa'.repeat(1 << 23).normalize('NFKD').length}` } };
  }
}
