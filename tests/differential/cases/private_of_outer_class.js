class Script {
  #secret = 's';
  run() {
    u = 1;
    const outer = this;
    class Inner {
      #own = 'o';
      read() { return outer.#secret + this.#own; }
    }
    return new Inner().read();
  }
}
