// A loop in the constructor: behind the script's evaluation, before its method.
// outcome: cpu-limit
// limits: cpuS=0.3
class Script {
  constructor() {
    for (;;);
  }
  process_incoming_request() {}
}
