class A {
  constructor() { this.list = []; }
  add(x) { this.list.push(x); return this; }
  get size() { return this.list.length; }
}
class Script extends A {
  constructor() {
    super();
    super.add(1).add(2);
    before = super.size;
    super.extra = 'own';
    this.later = () => super.add(3);
  }
  run() { this.later(); return [this.list, before, this.extra, Object.keys(A.prototype)]; }
}
