class Script {
  run() {
    gone = 1;
    const kept = 2;
    return [delete gone, typeof gone, delete kept, kept, delete this.run];
  }
}
