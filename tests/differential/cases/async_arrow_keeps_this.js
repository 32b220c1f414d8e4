class Script {
  name = 'n';
  async run() {
    found = await Promise.all([1, 2].map(async (x) => `${this.name}${x}`));
    return found;
  }
}
