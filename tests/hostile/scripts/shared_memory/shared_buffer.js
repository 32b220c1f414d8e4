// Wants a buffer that two threads see.
// outcome: run-error
// error: SharedArrayBuffer is not defined
class Script {
  process_incoming_request() {
    const buffers = [];
    for (;;) buffers.push(new Uint8Array(new SharedArrayBuffer(1 << 20)).fill(1));
  }
}
