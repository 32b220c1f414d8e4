// Wants to sleep where no CPU time is counted and no timer can wake it.
// outcome: run-error
// error: Atomics is not defined
class Script {
  process_incoming_request() {
    Atomics.wait(new Int32Array(new ArrayBuffer(4)), 0, 0);
  }
}
