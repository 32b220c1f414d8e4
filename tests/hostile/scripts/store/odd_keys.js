// Keys that are other things each time they are asked, or none at all.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    let turns = 0;
    const changing = { toString: () => `key ${(turns += 1)}` };
    Store.set(changing, 1);
    if (turns !== 1) found.push(`asked ${turns} times`);
    for (const key of [
      Symbol('x'),
      Object.create(null),
      {
        toString() {
          throw new Error('mine');
        },
      },
    ]) {
      try {
        Store.set(key, 1);
        found.push('took an odd key');
      } catch {
        continue;
      }
    }
    for (const value of [
      1n,
      Symbol('x'),
      () => 1,
      undefined,
      NaN,
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('mine');
          },
        },
      ),
    ]) {
      try {
        Store.set('odd', value);
      } catch {
        continue;
      }
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
