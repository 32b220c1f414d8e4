function build(word) {
  class Local { say() { spoken = word; return word; } }
  return new Local();
}
class Script {
  run() {
    const made = [];
    for (let i = 0; i < 2; i++) {
      class InLoop { value() { return i; } }
      made.push(new InLoop());
    }
    return [build('w').say(), spoken, made.map((o) => o.value())];
  }
}
