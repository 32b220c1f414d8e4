class Script {
  constructor() {
    const outer = this;
    this.Inner = class Inner {
      constructor() { this.of = outer; made = (made || 0) + 1; }
    };
  }
  run() { return [new this.Inner().of === this, new this.Inner() && made]; }
}
var made = 0;
