// A loop in the method, which Rocket.Chat does not limit.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    for (let i = 0; ; i += 1);
  }
}
