// input: ["", "?a=1&a=2&b=3", "a=%20+%2B&&=&=x&y", "??x", "é=%C3%A9&%ff=%zz", "a=~!()*'-._\u0000", "\ud83d\ude00=1&b", "a=b=c"]
class Script {
  attempt(action) {
    try {
      return action();
    } catch (error) {
      return [error.name, error.code, error.message].join(' ');
    }
  }
  changes(text) {
    const params = new URLSearchParams(text);
    const log = [String(params), params.size, [...params], params.get('a'), params.getAll('a'), params.has('a', '2')];
    params.append('ü', 'x y');
    log.push(`${params}`);
    params.set('a', '9&');
    log.push(`${params}`);
    params.delete('b');
    params.delete('ü', 'no');
    log.push(`${params}`);
    params.append('A', '1');
    params.append('😀', '2');
    params.append('\ufb03', '3');
    params.sort();
    log.push(`${params}`, [...params.keys()], Array.from(params.values()));
    return log;
  }
  run(texts) {
    const made = [
      { a: 1, b: [1, 2], c: undefined, d: null, e: { f: 1 } },
      [['a', 1], new Set(['b', 2])],
      new Map([['x', '1']]),
      new URLSearchParams('p=q'),
      Object.assign(Object.create({ inherited: 1 }), { own: 2 }),
      () => 1,
      5,
      true,
      undefined,
      [],
      [['a']],
      [['a', 'b', 'c']],
      ['ab'],
      [null],
      { [Symbol.iterator]: 5 },
      { [Symbol('s')]: 1 },
      Symbol('s'),
    ].map((init) => this.attempt(() => new URLSearchParams(init).toString()));
    const each = [];
    new URLSearchParams('a=1&b=2').forEach(
      function (value, name, all) {
        each.push([this.self, value, name, all.size]);
        if (name === 'a') all.append('c', '3');
      },
      { self: 'me' },
    );
    const params = new URLSearchParams('a=1&b=2&c=3');
    for (const [name] of params) {
      each.push(name);
      params.delete(name);
    }
    const misuse = [
      () => params.append('a'),
      () => params.get(),
      () => params.set('x'),
      () => params.delete(),
      () => params.forEach(),
      () => params.forEach('a long text that is cut somewhere'),
      () => params.forEach({}),
      () => URLSearchParams('a'),
      () => URLSearchParams.prototype.get.call({}, 'a'),
      () => params.keys().next.call({}),
      () => params.append(Symbol('x'), 1),
    ].map((action) => this.attempt(action));
    return [
      texts.map((text) => this.changes(text)),
      made,
      each,
      misuse,
      Object.fromEntries(new URLSearchParams('a=1&a=2')),
    ];
  }
}
