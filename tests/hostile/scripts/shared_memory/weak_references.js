// Watches the garbage collector by weak references: they tell, but call nobody.
// outcome: ok
class Script {
  async process_incoming_request() {
    const watched = Array.from({ length: 1000 }, () => new WeakRef({ held: new Array(100).fill(0) }));
    for (let i = 0; i < 50; i += 1) {
      new Array(10000).fill(i);
      await null;
    }
    watched.filter((one) => one.deref());
    return { content: { text: 'contained' } };
  }
}
