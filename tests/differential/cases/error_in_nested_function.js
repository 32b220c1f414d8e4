class Script {
  run() {
    return [1, 2].map(function (x) {
      this.y = x;
      throw new RangeError('inner'); // error here
    });
  }
}
