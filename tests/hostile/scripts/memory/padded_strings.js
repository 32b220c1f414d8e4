// Hundreds of thousands of different texts.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    const texts = [];
    for (let i = 0; ; i += 1) texts.push(`${i}`.padStart(2000, '\u2603'));
  }
}
