class A {
  constructor(n) { this.n = n; }
  hi(x) { return `A${this.n}${x}`; }
  static make(...a) { return new this(...a); }
  static tag() { return 'tagA'; }
}
class B extends A {
  constructor(n) { super(n + 1); this.extra = () => super.hi('!') + this.n; }
  hi(x) { return `B(${super.hi(x)})`; }
  static tag() { return super.tag() + 'B'; }
}
class Script extends B {
  run() {
    v = [1].map((x) => super.hi(x));
    const b = B.make(5);
    return [v, b.hi('?'), b.extra(), B.tag(), b instanceof A, Object.getPrototypeOf(B) === A, Script.tag()];
  }
  constructor() { super(1); }
}
