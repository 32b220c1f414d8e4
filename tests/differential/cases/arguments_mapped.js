class Script {
  change(a, b) {
    arguments[0] = 'changed';
    b = 'other';
    return [a, arguments[1], arguments.length];
  }
  unmapped(a = 1) {
    arguments[0] = 9;
    return a;
  }
  run() { return [this.change(1, 2, 3), this.unmapped(5)]; }
}
