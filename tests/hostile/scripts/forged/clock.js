// Reads the clock so often that what it said cannot be noted any more, and tries to set it.
// outcome: ok
class Script {
  process_incoming_request() {
    const started = Date.now();
    Date.now = () => NaN;
    Object.defineProperty(Date.prototype, 'getTime', { value: () => ({ valueOf: () => 'x' }) });
    Math.random = () => ({ toString: () => '"}' });
    for (let i = 0; i < 50000; i += 1) new Date();
    while (Number(new Date()) - started < 100);
    console.log('later');
    return { content: { text: 'contained' } };
  }
}
