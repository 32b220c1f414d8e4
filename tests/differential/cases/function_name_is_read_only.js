class Script {
  run() {
    const f = function named() { named = 5; return typeof named; };
    f.name = 'other';
    return [f(), f.name];
  }
}
