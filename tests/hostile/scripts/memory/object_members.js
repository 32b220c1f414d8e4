// One object with ever more members.
// outcome: memory-limit
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    const object = {};
    const long = 'x'.repeat(500);
    for (let i = 0; ; i += 1) object[`${long}${i}`] = i;
  }
}
