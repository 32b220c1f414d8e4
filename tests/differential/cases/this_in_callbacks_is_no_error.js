class Script {
  run(input) {
    this.prefix = '>';
    return input.map(function (x) { return this.prefix + x; });
  }
}
// input: ["a"]
