class Script {
  kind() { return typeof this; }
  run() {
    String.prototype.kindOf = function () { return typeof this; };
    return [this.kind.call(5), 'x'.kindOf(), this.kind.call(null)];
  }
}
