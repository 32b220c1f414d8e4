// A reviver that hangs another object below the one it is at.
// outcome: run-error
// error: Maximum call stack size exceeded
class Script {
  process_incoming_request() {
    JSON.parse('{"a":0,"b":0}', function (key, value) {
      if (key === 'a') this.b = { a: 0, b: 0 };
      return value;
    });
  }
}
