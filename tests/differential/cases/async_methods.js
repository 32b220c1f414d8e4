class Script {
  async fetchAll(list) {
    const out = [];
    for (item of list) out.push(await Promise.resolve(item * 2));
    return out;
  }
  async *stream() { for (let i = 0; i < 2; i++) yield i; }
  async run(input) {
    const got = [];
    for await (const x of this.stream()) got.push(x);
    const later = await new Promise((done) => setTimeout(() => done('later'), 1));
    try { await Promise.reject(new Error('no')); } catch (e) { got.push(e.message); }
    return [await this.fetchAll(input), got, later, item];
  }
}
// input: [1, 2]
