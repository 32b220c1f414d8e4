class Script {
  run() {
    try { missing++; } catch (e) { return e.name; }
  }
}
