// A value that is small in memory and endless as JSON.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    let value = 'x'.repeat(1000);
    for (let i = 0; i < 40; i += 1) value = [value, value];
    return { content: { text: JSON.stringify(value) } };
  }
}
