class Script {
  run() {
    const let_ = [], var_ = [];
    for (let i = 0; i < 2; i++) let_.push(() => i);
    for (var v = 0; v < 2; v++) var_.push(() => v);
    for (n of [1, 2]) var_.push(() => n);
    return [let_.map((f) => f()), var_.map((f) => f())];
  }
}
