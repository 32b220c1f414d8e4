class A {}
class Script {
  run() {
    x = 1;
    return A(); // error here
  }
}
