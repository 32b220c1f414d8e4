// Unawaited calls with long bodies, until memory ends.
// outcome: memory-limit
// limits: cpuS=20 wallS=30
class Script {
  process_incoming_request({ request }) {
    for (let i = 0; ; i += 1)
      fetch(request.content.trap, { method: 'POST', body: `${i}`.padStart(1 << 19, 'x') }).catch(() => {});
  }
}
