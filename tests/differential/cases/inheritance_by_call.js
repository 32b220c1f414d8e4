// A function that "inherits" from a class: an error natively, but not as Babel had it.
class Base { constructor(n) { this.n = n; } }
function Child(n) { Base.call(this, n); }
Child.prototype = Object.create(Base.prototype);
class Script { run() { return new Child(4).n; } }
