class Script {
  plain = 1;
  'quoted name' = 2;
  [`computed${1 + 1}`] = 3;
  empty;
  arrow = () => this.plain;
  fn = function () { leaked = 1; return this.plain; };
  5 = 'five';
  static count = 10;
  static twice = this.count * 2;
  run() {
    return [Object.keys(this), this.arrow(), this.fn(), Script.twice, this.empty === undefined];
  }
}
