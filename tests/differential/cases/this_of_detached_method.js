class Script {
  format(x) { return `${this.prefix}${x}`; }
  run() {
    this.prefix = '>';
    const { format } = this;
    return [['a'].map(this.format), ['b'].map(this.format, this), format('c')];
  }
}
