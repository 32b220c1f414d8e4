// Formatters, most of whose memory is not on V8's heap.
// outcome: memory-limit
// or: crashed
// limits: cpuS=20 wallS=60 heapBytes=16777216
class Script {
  process_incoming_request() {
    const formats = [];
    for (;;) {
      formats.push(new Intl.DateTimeFormat('de', { dateStyle: 'full', timeStyle: 'full' }));
      formats[formats.length - 1].formatToParts(0);
    }
  }
}
