// Names that the console has to remember.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    for (let i = 0; ; i += 1) {
      console.count(`${i}`.padStart(16000, 'x'));
      console.time(`${i}`.padStart(16000, 'y'));
    }
  }
}
