// A value that cannot be written at the end, though it could at first.
// outcome: store-limit
// error: not now
class Script {
  process_incoming_request() {
    let turns = 0;
    Store.set('a', {
      toJSON() {
        turns += 1;
        if (turns > 1) throw new Error('not now');
        return 1;
      },
    });
    return { content: { text: 'kept' } };
  }
}
