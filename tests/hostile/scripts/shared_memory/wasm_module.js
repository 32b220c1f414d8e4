// Wants machine code of its own.
// outcome: run-error
// error: WebAssembly is not defined
class Script {
  async process_incoming_request() {
    await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  }
}
