// A proxy that is its own prototype: `instanceof` climbs it inside V8.
// outcome: run-error
// error: Maximum call stack size exceeded
class Script {
  process_incoming_request() {
    const cycle = new Proxy({}, { getPrototypeOf: () => cycle });
    return { content: { text: `${cycle instanceof Array}` } };
  }
}
