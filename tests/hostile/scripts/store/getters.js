// Values that are other ones each time they are read.
// outcome: ok
class Script {
  process_incoming_request() {
    let reads = 0;
    Store.set('a', {
      get x() {
        reads += 1;
        return reads < 2 ? 1 : 'y'.repeat(60000);
      },
    });
    return { content: { text: 'contained' } };
  }
}
