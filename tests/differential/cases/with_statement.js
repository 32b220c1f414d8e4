class Script {
  run(input) {
    with (input) {
      return a + b;
    }
  }
}
// input: {"a": 1, "b": 2}
