// Calls whose texts are as long as they may be, and longer.
// outcome: ok
// limits: cpuS=10 wallS=60
class Script {
  async process_incoming_request({ request }) {
    const found = [];
    const { trap } = request.content;
    for (const size of [(1 << 20) - 200, 1 << 21]) {
      for (const body of ['x'.repeat(size), '\u2603'.repeat(size), '\0'.repeat(size >> 3), new Uint8Array(size)]) {
        const told = [
          await fetch(trap, { method: 'POST', body }).catch((error) => error.message),
          HTTP('POST', trap, { content: body }).error?.message,
          HTTP('POST', trap, { headers: { a: `${body}` } }).error?.message,
        ];
        for (const one of told)
          if (!/not public|larger than|may call|control|longer|characters/.test(one)) found.push(one);
      }
    }
    return { content: { text: found.join().slice(0, 500) || 'contained' } };
  }
}
