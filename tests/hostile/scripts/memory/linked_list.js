// A list of two-element arrays that never ends.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    for (let list = null; ;) list = [list, 1.5];
  }
}
