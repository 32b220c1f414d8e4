class Script {
  a() {}
  static b() {}
  run() {
    z = 1;
    const keys = [];
    for (const k in this) keys.push(k);
    return [keys, Object.keys(Script), Object.getOwnPropertyNames(Script.prototype).sort(), Script.name, Script.length,
      this.constructor === Script, Object.getOwnPropertyDescriptor(Script, 'prototype').writable];
  }
  constructor(a, b) { this.made = 1; delete this.made; }
}
