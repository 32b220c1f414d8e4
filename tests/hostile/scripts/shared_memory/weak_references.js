// Watches the garbage collector by weak references: they tell, but call nobody.
// outcome: ok
class Script {
  async process_incoming_request() {
    const watched = Array.from({ length: 1000 }, () => new WeakRef({ held: new Array(100).fill(0) }));
    for (let i = 0; i < 50; i += 1) {
      new Array(10000).fill(i);
      await null;
    }
    const odd = watched.map((one) => one.deref()).filter((held) => held && held.held.length !== 100);
    return { content: { text: odd.length ? `${odd.length} are half gone` : 'contained' } };
  }
}
