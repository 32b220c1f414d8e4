class Script {
  async run() {
    reached = true;
    await null;
    throw new TypeError('late'); // error here
  }
}
