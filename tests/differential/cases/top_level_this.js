var here = this;
const value = 5;
function read() { return this.value; }
class Script {
  run() { return [here === global, here.value, read()]; }
}
