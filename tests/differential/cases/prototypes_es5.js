function Script() { this.items = []; }
Script.prototype = {
  constructor: Script,
  add: function (x) { this.items.push(x); return this; },
  run: function () { i = 5; return this.add(i).add(typeof this.add).items; },
};
