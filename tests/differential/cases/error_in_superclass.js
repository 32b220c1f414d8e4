class Base {
  check() {
    throw new Error('from base'); // error here
  }
}
class Script extends Base {
  run() { m = 1; return super.check(); }
}
