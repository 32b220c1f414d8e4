// Lines of tens of megabytes, of texts, keys, errors and numbers.
// outcome: ok
class Script {
  process_incoming_request() {
    const long = 'x'.repeat(1 << 23);
    for (let i = 0; i < 3; i += 1) {
      console.log(long, long);
      console.error(new Error(long), { [long]: long }, [long, long], new Map([[long, long]]));
      console.warn(Symbol(long), 10n ** 10000n, Object(long), long);
    }
    return { content: { text: 'contained' } };
  }
}
