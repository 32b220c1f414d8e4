class Counter {
  #count = 0;
  static #made = 0;
  #bump(by) { this.#count += by; return this; }
  get #double() { return this.#count * 2; }
  set #double(v) { this.#count = v / 2; }
  static #note() { return ++Counter.#made; }
  constructor() { Counter.#note(); }
  static is(o) { return #count in o; }
  go() {
    this.#bump(2).#bump(3);
    this.#count++;
    this.#double = this.#double + 10;
    [this.#count] = [this.#count + 1];
    const other = null;
    return [this.#count, this?.#double, other?.#count, Counter.#made, Object.keys(this)];
  }
  static steal(o) { return o.#count; }
}
class Script {
  run() {
    x = new Counter();
    const out = [x.go(), Counter.is(x), Counter.is({})];
    try { Counter.steal({}); } catch (e) { out.push(e.name); }
    return out;
  }
}
