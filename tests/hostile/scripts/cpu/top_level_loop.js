// A loop at the top level, where Rocket.Chat alone has a limit.
// outcome: cpu-limit
// limits: cpuS=0.2
for (;;);
class Script {
  process_incoming_request() {}
}
