class Script {
  sum(a, b = a * 2, ...more) { t = a + b + more.length; return t; }
  run() {
    const o = { ...{ a: 1 }, b: 2, ...null };
    return [this.sum(1), this.sum(...[1, 2, 3, 4]), o, [...'ab', ...new Set([1, 1])], Math.max(...[3, 9])];
  }
}
