class Script {
  run(input) {
    tried = 1;
    return input.missing.text; // error here
  }
}
// input: {}
