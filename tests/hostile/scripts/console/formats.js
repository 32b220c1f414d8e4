// Formats that ask for more than there is, in every way.
// outcome: ok
class Script {
  process_incoming_request() {
    const evil = {
      toString: () => '%s'.repeat(1000),
      valueOf() {
        throw new Error('x');
      },
    };
    for (const format of [
      '%s'.repeat(50000),
      '%d%i%f%j%o%O%c%%%',
      '%',
      '%9999999999s',
      '%s%n%x%p',
      '%'.repeat(100001),
    ]) {
      console.log(format, evil, Symbol('x'), -0, 5n, new Proxy({}, {}), null, undefined, format, [format], { format });
    }
    console.log(...Array(50000).fill('%s'));
    return { content: { text: 'contained' } };
  }
}
