// An array in an array, a hundred thousand times, flattened to the ground.
// outcome: run-error
// error: Maximum call stack size exceeded
class Script {
  process_incoming_request() {
    let list = [];
    for (let i = 0; i < 100000; i += 1) list = [list];
    return { content: { text: `${list.flat(Infinity).length}` } };
  }
}
