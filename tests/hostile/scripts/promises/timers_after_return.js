// Timers that come due when the method has returned: in a fresh sandbox they never ring.
// outcome: ok
class Script {
  process_incoming_request() {
    for (const delay of [0, 0, 1, 5, 50]) {
      setTimeout(() => {
        console.log('rang');
        for (;;);
      }, delay);
    }
    return { content: { text: 'contained' } };
  }
}
