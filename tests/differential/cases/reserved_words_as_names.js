class Script {
  run() {
    var static = 1, package = 2, interface = 3, yield = 4;
    var arguments = [5];
    return [static, package, interface, yield, arguments];
  }
}
