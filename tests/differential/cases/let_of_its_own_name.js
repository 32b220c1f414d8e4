// Babel made a var of it, so this never was an error.
let config = config || { color: 'red' };
class Script {
  run(input) {
    let text = text || input.text;
    return [config, text];
  }
}
// input: {"text": "t"}
