class Script {
  strict() {
    'use strict';
    try { undeclared = 1; } catch (e) { return e.name; }
  }
  run() {
    sloppy = 1;
    return [this.strict(), sloppy, function () { 'use strict'; return this === undefined; }()];
  }
}
