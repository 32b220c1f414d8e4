class Script {
  constructor() { this._v = 1; }
  get v() { return this._v; }
  set v(x) { this._v = x * 2; }
  static get kind() { return 'k'; }
  get [`com` + 'puted']() { return 'c'; }
  run() {
    leaked = 1;
    this.v = 5;
    const d = Object.getOwnPropertyDescriptor(Script.prototype, 'v');
    return [this.v, Script.kind, this.computed, d.enumerable, typeof d.get, typeof d.set];
  }
}
