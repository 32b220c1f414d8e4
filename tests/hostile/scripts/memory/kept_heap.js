// A kept instance that holds on to more with every request.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
// kept: 5
class Script {
  process_incoming_request() {
    this.held = this.held || [];
    for (let i = 0; i < 15; i += 1) this.held.push(new Array(1 << 17).fill(1.5));
    return { content: { text: 'contained' } };
  }
}
