// Takes the way from a module's memory to a shared buffer.
// outcome: run-error
// error: Cannot read properties of undefined (reading 'Memory')
class Script {
  process_incoming_request() {
    const { WebAssembly: found } = Object.getOwnPropertyDescriptors(globalThis);
    const shared = new (found?.value ?? globalThis.WebAssembly.Memory)({ initial: 1, maximum: 1, shared: true });
    return { content: { text: shared.buffer.constructor.name } };
  }
}
