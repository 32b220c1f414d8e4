const Anonymous = class { who() { return Anonymous.name; } };
const list = { Listed: class {}, made: class Own { self() { return Own.name; } } };
let later;
later = class {};
class Script {
  run() {
    k = new (class { v = 1 })().v;
    return [new Anonymous().who(), list.Listed.name, new list.made().self(), typeof Own, later.name, k, new class { v = 2 }().v];
  }
}
