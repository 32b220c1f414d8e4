class A {
  get v() { return 'A'; }
  set v(x) { this.seen = `A${x}`; }
}
class Script extends A {
  get v() { return super.v + 'B'; }
  set v(x) { super.v = x + 'B'; }
  run() { g = 1; this.v = 1; return [this.v, this.seen]; }
}
