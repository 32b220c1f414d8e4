class Problem extends Error {
  constructor(message, code) { super(message); this.name = 'Problem'; this.code = code; }
}
class Stack extends Array { last() { return this[this.length - 1]; } }
class Table extends Map { get(k) { return super.get(k) || 'default'; } }
class Script {
  run() {
    s = new Stack(); s.push(1, 2);
    const t = new Table([['a', 1]]);
    try { throw new Problem('broken', 7); } catch (e) {
      return [e instanceof Problem, e instanceof Error, `${e}`, e.code, s.last(), s.length, Array.isArray(s), t.get('a'),
        t.get('b'), s.map((x) => x) instanceof Stack, e.stack.split('\n')[0]];
    }
  }
}
