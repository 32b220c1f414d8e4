class Script {
  set() {
    shared = [1];
    nested = function () { inner = shared.length; };
    nested();
  }
  run() {
    this.set();
    shared.push(2);
    return [shared, inner, delete global.shared, typeof shared];
  }
}
