// A kept instance that holds on to more buffers with every request: it is dropped before it takes others' room.
// outcome: ok
// limits: cpuS=20 wallS=60
// kept: 5
class Script {
  process_incoming_request() {
    this.held = this.held || [];
    this.held.push(new Uint8Array(120 << 20).fill(1));
    return { content: { text: this.held.length < 3 ? 'contained' : `kept ${this.held.length}` } };
  }
}
