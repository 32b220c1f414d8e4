var Script = class {
  run() { a = 1; return typeof this.run; }
};
