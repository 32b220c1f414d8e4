// Has V8 compile one program after another.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    for (let i = 0; ; i += 1) {
      const body = `const f${i} = (x) => x ? [${'x,'.repeat(5000)}] : { ${'y: x, '.repeat(5000)} };`.repeat(5);
      Function(body.replace(/const f/g, () => `const f${Math.random().toString(36).slice(2)}`))();
    }
  }
}
