class Script {
  *[Symbol.iterator]() { for (k in { a: 1, b: 2 }) yield k; }
  run() {
    seen = new Map([...this].map((x, i) => [x, i]));
    const weak = new WeakMap([[this, 1]]);
    return [[...seen], weak.get(this), [...new Set('aab')], Object.fromEntries(seen), Array.from({ length: 2 }, (_, i) => i)];
  }
}
