// Sleeps for a month.
// outcome: wall-limit
// limits: wallS=0.4
class Script {
  process_incoming_request() {
    return new Promise((done) => setTimeout(done, 2 ** 31 - 1));
  }
}
