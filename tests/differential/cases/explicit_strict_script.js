'use strict';
class Script {
  run() {
    let error;
    try { undeclared = 1; } catch (e) { error = e.name; }
    return [error, (function () { return this === undefined; })()];
  }
}
