class Script {
  get fixed() { return 1; }
  run(input) {
    const frozen = Object.freeze({ x: 1 });
    frozen.x = 2;
    frozen.y = 3;
    delete frozen.x;
    this.fixed = 5;
    input.text.extra = 'on a string';
    (5).x = 1;
    Math.PI = 3;
    undefined = 1;
    return [frozen, this.fixed, input.text.extra === undefined, Math.PI > 3.1];
  }
}
// input: {"text": "abc"}
