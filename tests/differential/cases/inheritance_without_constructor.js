class A { constructor(...all) { this.all = all; } }
class B extends A {}
class C extends B { field = this.all.length; }
class Script { run() { w = new C(1, 2); return [w.all, w.field, w.constructor.name, B.length]; } }
