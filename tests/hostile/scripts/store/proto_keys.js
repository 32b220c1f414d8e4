// Names that mean something to objects.
// outcome: ok
// kept: 2
class Script {
  process_incoming_request() {
    const found = [];
    for (const name of [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      '',
      '\0',
      '\ud800',
      'then',
    ]) {
      Store.set(name, { polluted: name });
      if (Store.get(name).polluted !== name) found.push(name);
    }
    if ({}.polluted !== undefined) found.push('every object');
    Store.set('__proto__', null);
    return { content: { text: found.join() || 'contained' } };
  }
}
