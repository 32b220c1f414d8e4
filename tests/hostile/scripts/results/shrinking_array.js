// An array that gets shorter, longer and another one while it is written.
// outcome: ok
class Script {
  process_incoming_request() {
    const list = [
      1,
      {
        toJSON() {
          list.length = 0;
          list.push(...Array(100).fill(2));
          return 3;
        },
      },
      {
        get x() {
          Object.setPrototypeOf(list, null);
          return 4;
        },
      },
    ];
    return { content: { text: 'contained', list } };
  }
}
