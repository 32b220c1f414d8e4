class Script {
  run(input) {
    const { text } = input.nothing; // error here
    return text;
  }
}
// input: {}
