class Script {
  toJSON() { return 'never asked'; }
  run() {
    o = { toJSON() { return { replaced: this.x }; }, x: 1 };
    return [o, JSON.stringify({ a: [undefined, () => 1], b: undefined }), Symbol('x').description];
  }
}
