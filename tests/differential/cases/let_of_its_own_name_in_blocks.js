class Script {
  run(input) {
    const out = [];
    if (input.a) {
      let text = text || 'first';
      out.push(text);
    }
    if (input.b) {
      let text = text || 'second';
      out.push(text, typeof text);
    }
    return out;
  }
}
// input: {"a": 1, "b": 1}
