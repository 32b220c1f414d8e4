// Leaves a loop to the microtasks while Store is written, which is the last thing a run does.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    Store.set('a', {
      toJSON() {
        Promise.resolve().then(() => {
          for (;;);
        });
        return 1;
      },
    });
    return { content: { text: 'early' } };
  }
}
