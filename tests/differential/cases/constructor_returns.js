class A { constructor(x) { this.x = x; if (x) return { other: x }; } }
class B extends A { constructor(x) { super(x); if (x === 2) return; if (x === 3) return { mine: 3 }; this.b = 1; } }
class Script { run() { m = [new A(0), new A(1), new B(0), new B(2), new B(3)]; return m; } }
