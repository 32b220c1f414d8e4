// Everything that is hard to show: cycles, traps that throw, holes, getters, names that lie.
// outcome: ok
class Script {
  process_incoming_request() {
    const thrower = new Proxy(
      {},
      {
        get() {
          throw 1;
        },
        ownKeys() {
          throw 2;
        },
        getPrototypeOf() {
          throw 3;
        },
        getOwnPropertyDescriptor() {
          throw 4;
        },
      },
    );
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const cycle = { list: [] };
    cycle.list.push(cycle, cycle.list, new Map([[cycle, cycle]]), new Set([cycle]));
    let deep = {};
    for (let i = 0; i < 10000; i += 1) deep = { deep };
    const liars = ['Date', 'RegExp', 'Error', 'Map', 'Set', 'String', 'Number', 'Promise', 'Array'].map((name) => ({
      [Symbol.toStringTag]: name,
    }));
    const values = [
      thrower,
      proxy,
      cycle,
      deep,
      ...liars,
      new Array(2 ** 32 - 1),
      {
        get x() {
          throw 5;
        },
      },
      Object.create(null),
      class {},
      async () => {},
      new Date(NaN),
      function* () {},
      new WeakMap(),
      globalThis,
      new (class extends Map {
        get size() {
          return Infinity;
        }
      })(),
    ];
    for (const call of Object.values(console)) {
      for (const value of values) {
        call(value, value);
        call('%o %O %j %s %d', value, value, value, value, value);
      }
    }
    return { content: { text: 'contained' } };
  }
}
