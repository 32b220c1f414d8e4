class Script {
  run(x) {
    let out = '';
    switch (x) {
      case 1: out += 'one';
      case 2: { let inner = 'two'; out += inner; break; }
      default: out = 'other';
    }
    (u = 1), (v2 = 2);
    return [out, u + v2, void 0 === undefined];
  }
}
// input: 1
