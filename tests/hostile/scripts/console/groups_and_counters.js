// Groups without end, counters and stopwatches by the thousand.
// outcome: ok
class Script {
  process_incoming_request() {
    for (let i = 0; i < 20000; i += 1) {
      console.group('g', i);
      console.count(`c${i}`);
      console.time(i);
      console.timeEnd(i);
      console.assert(false, i);
      console.dir({ i });
    }
    for (let i = 0; i < 30000; i += 1) console.groupEnd();
    console.log('end');
    return { content: { text: 'contained' } };
  }
}
