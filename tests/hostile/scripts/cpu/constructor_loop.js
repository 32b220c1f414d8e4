// A loop in the constructor: behind the script's evaluation, before its method.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  constructor() {
    for (;;);
  }
  process_incoming_request() {}
}
