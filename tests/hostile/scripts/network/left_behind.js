// Asks a server that never answers, and dies: its calls go on, and must hold up nobody else's.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  async process_incoming_request({ request }) {
    for (let i = 0; i < 10; i += 1) fetch(`${request.content.far}/never`).catch(() => {});
    await new Promise((done) => setTimeout(done, 5));
    return 'y'.repeat(1 << 28).split('');
  }
}
