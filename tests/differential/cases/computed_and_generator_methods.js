const key = 'dynamic';
class Script {
  [key + 1]() { return 'd'; }
  *count(to) { for (c = 1; c <= to; c++) yield c; }
  *[Symbol.iterator]() { yield* this.count(2); }
  static *letters() { const got = yield 'a'; yield got; }
  run() {
    const it = Script.letters();
    return [this.dynamic1(), [...this], [...this.count(3)], it.next(), it.next('b'), it.next()];
  }
}
