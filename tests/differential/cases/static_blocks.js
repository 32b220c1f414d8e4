class Script {
  static names = [];
  static {
    for (j = 0; j < 2; j++) this.names.push(j);
    var local = 1;
    Script.ready = typeof local;
  }
  static { try { throw new Error('x'); } catch (e) { this.caught = e.message; } }
  run() { return [Script.names, j, Script.ready, Script.caught, typeof local]; }
}
