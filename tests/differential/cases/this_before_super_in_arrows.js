class A { constructor(f) { this.f = f; } }
class Script extends A {
  constructor() {
    const mine = () => this;
    super(mine);
    const nested = () => () => this.f() === mine();
    hit = nested()();
    this.same = this.f() === this;
    function plain() { return this === global; }
    this.plain = plain();
  }
  run() { return [hit, this.same, this.plain]; }
}
