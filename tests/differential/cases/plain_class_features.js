class Base {
  #hidden = 1;
  static made = 0;
  constructor() {
    Base.made += 1;
    this.value = this.#hidden;
  }
  get hidden() {
    return this.#hidden;
  }
}
class Script extends Base {
  async run() {
    await null;
    return [this.hidden, super.hidden, Base.made, this.value];
  }
}
