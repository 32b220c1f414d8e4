class Script {
  a = 1
  b = [2]
  c
  d = 'x' // a comment; with = signs
  static e = { f: 1 }
  get = 3
  static static = 4
  async
  run() { u = 1; return [this.a, this.b, 'c' in this, this.d, Script.e, this.get, Script.static, 'async' in this]; }
}
