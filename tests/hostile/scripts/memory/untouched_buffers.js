// Buffers that are never written to: address space counts as well.
// outcome: memory-limit
// error: Array buffer allocation failed
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    const buffers = [];
    for (;;) buffers.push(new ArrayBuffer(16 << 20));
  }
}
