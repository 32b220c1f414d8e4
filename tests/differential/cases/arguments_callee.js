class Script {
  run() {
    const factorial = function (n) { return n < 2 ? 1 : n * arguments.callee(n - 1); };
    return [factorial(5), typeof arguments.callee];
  }
}
