// Leaves a timer in a kept instance, which aborts under the next request.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
// kept: 2
class Script {
  async process_incoming_request() {
    if (this.loaded) await new Promise((done) => setTimeout(done, 50));
    this.loaded = true;
    setTimeout(() => 'y'.repeat(1 << 28).split(''), 1);
    return { content: { text: 'contained' } };
  }
}
