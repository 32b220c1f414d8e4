// An array of half a gigabyte, all of it holes, spread into another.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    return { content: { text: `${[...Array(1 << 27)].length}` } };
  }
}
