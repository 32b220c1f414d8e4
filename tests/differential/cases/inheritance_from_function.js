function Old(name) { this.name = name; }
Old.prototype.greet = function () { return `hi ${this.name}`; };
class Script extends Old {
  constructor() { super('old'); }
  run() { y = this.greet(); return [y, this instanceof Old]; }
}
