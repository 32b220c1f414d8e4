String.prototype.shout = function () { return this.toUpperCase() + '!'; };
Array.prototype.second = function () { return this[1]; };
class Script {
  run() {
    String.prototype.size = function () { return this.length; };
    return ['a'.shout(), [1, 2].second(), 'abc'.size()];
  }
}
