// Code that calls itself by a name which reads like a place in another file.
// outcome: load-error
// error: x
eval(`throw new Error('x')\n//# sourceURL=evil:${'9'.repeat(40)}: Uncaught Error: y`);
class Script {
  process_incoming_request() {}
}
