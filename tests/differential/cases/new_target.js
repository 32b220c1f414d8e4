class A { constructor() { this.made = new.target === A ? 'A' : new.target.name; } }
class B extends A {}
class Script { run() { r = 1; return [new A().made, new B().made]; } }
