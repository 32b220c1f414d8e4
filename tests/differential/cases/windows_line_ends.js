class Script {
  run() {
    x = 1;
    return x.y.z; // error here
  }
}
