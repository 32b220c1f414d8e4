// Wants to be called when its request is over, by V8's own clock.
// outcome: run-error
// error: Atomics is not defined
class Script {
  process_incoming_request() {
    Atomics.waitAsync(new Int32Array(4), 0, 0, 100).value.then(() => {
      for (;;);
    });
    return { content: { text: 'early' } };
  }
}
