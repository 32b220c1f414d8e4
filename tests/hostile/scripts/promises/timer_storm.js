// A hundred thousand timers that are all due at once.
// outcome: cpu-limit
// limits: cpuS=0.3
class Script {
  process_incoming_request() {
    let left = 100000;
    return new Promise((done) => {
      for (let i = 0; i < 100000; i += 1) setTimeout(() => (left -= 1) || done(), 0);
    });
  }
}
