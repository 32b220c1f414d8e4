Script = class Script extends Object {
  constructor() { super(); this.n = 1; }
  run() { c = 2; return [this.n + c, Script.name]; }
};
