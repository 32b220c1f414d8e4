class Script {
  tag(parts, ...values) { return parts.raw.join('|') + values.join(','); }
  run(input) {
    line = `a ${input.x} ${`nested ${input.y}`}
next`;
    return [line, this.tag`x${1}\n${2}y`, String.raw`\u{41}`];
  }
}
// input: {"x": 1, "y": 2}
