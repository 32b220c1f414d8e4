class Script {
  run() {
    const seen = [];
    [1].forEach(function () { seen.push(this === global, typeof this.parseInt); });
    (function () { this.leaked = 5; })();
    return [seen, leaked];
  }
}
