class Script {
  run() {
    const f = function (a, a, b) { return [a, b]; };
    return f(1, 2, 3);
  }
}
