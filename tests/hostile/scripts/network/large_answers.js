// Ten answers of a megabyte at once, and nobody who reads them.
// outcome: cpu-limit
// limits: cpuS=0.3
class Script {
  async process_incoming_request({ request }) {
    const calls = Array.from({ length: 10 }, () => fetch(`${request.content.far}/large`));
    await Promise.race(calls);
    for (;;);
  }
}
