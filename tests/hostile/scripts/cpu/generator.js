// A generator that never ends, drained by a loop.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    function* numbers() {
      for (let n = 0; ; n += 1) yield n;
    }
    let sum = 0;
    for (const n of numbers()) sum += n;
    return { content: { text: `${sum}` } };
  }
}
