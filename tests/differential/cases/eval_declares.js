class Script {
  run() {
    eval('var made = 1; other = 2');
    return [made, other];
  }
}
