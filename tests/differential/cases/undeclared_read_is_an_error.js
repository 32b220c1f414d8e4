class Script {
  run() {
    found = 1;
    return found + nowhere; // error here
  }
}
