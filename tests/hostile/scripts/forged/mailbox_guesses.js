// Calls what it takes for the way to the worker, with what it takes for its language.
// outcome: ok
class Script {
  async process_incoming_request() {
    const found = [];
    for (const guess of [
      'plug',
      'ring',
      'mailbox',
      'host',
      'link',
      'ask',
      'more',
      'send',
      'runner',
      'entry',
      'asked',
      'outbox',
      'begin',
      'drain',
    ]) {
      for (const where of [
        globalThis,
        console,
        Store,
        HTTP,
        fetch,
        secrets,
        this,
        Script,
        Function.prototype,
        Object.prototype,
      ]) {
        if (where[guess] !== undefined && !(where === globalThis && guess === 'more')) found.push(guess);
        try {
          where[guess] = { ring: () => found.push('rung'), mailbox: new ArrayBuffer(65536) };
        } catch {
          continue;
        }
      }
    }
    for (const guess of ['plug', 'ring', 'mailbox', 'outbox']) delete Object.prototype[guess];
    HTTP('1 {"kind":"store"}', '2 {"kind":"store"}');
    await fetch('1 {"kind":"store"}', { method: 'library ../../settings' }).catch(() => {});
    return { content: { text: found.join() || 'contained' } };
  }
}
