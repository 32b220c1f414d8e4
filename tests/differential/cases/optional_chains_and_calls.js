class Script {
  #p = { f() { return this === undefined ? 'none' : typeof this; } };
  run(input) {
    x = this?.#p?.f();
    return [x, input?.a?.[0]?.b, input.none?.(), input?.a.length, delete input?.a, input.a];
  }
}
// input: {"a": [{"b": 1}]}
