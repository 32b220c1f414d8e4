class Script {
  get total() { return 3; }
  run() {
    this.total = 4;
    this.total++;
    ({ x: this.total } = { x: 9 });
    return this.total;
  }
}
