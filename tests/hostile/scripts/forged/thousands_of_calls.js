// More calls to the outside than anybody makes, none of them awaited.
// outcome: crashed
// limits: cpuS=2 wallS=2
class Script {
  async process_incoming_request({ request }) {
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(Array.from({ length: 50 }, () => fetch(request.content.trap).catch(() => {})));
    }
    return { content: { text: 'through' } };
  }
}
