// Asks its callers, one by one, for themselves and their arguments.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    const climb = function () {
      const self = arguments.callee;
      for (let above = self.caller, n = 0; above && n < 20; above = above.caller, n += 1) {
        found.push(`${above}`);
        for (const given of above.arguments ?? []) found.push(typeof given);
      }
      return '';
    };
    const evil = { toString: climb, toJSON: climb, then: undefined };
    try {
      climb();
      console.log('%s', evil);
      fetch(evil).catch(() => {});
      HTTP('GET', evil);
      setTimeout(climb, 0);
      Store.set(evil, 1);
      [1].map(climb);
    } catch {
      // Strict callers refuse to be asked.
    }
    const ours = found.filter((text) => !text.includes('climb') && !text.includes('process_incoming_request'));
    return { content: { text: ours.join() || 'contained' } };
  }
}
