// Numbers of millions of digits, written out.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    let n = 7n;
    for (;;) n = BigInt(`${n ** 3n}`);
  }
}
