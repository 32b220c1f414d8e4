class Script {
  run({ a: { b = 1, ...rest } = {}, list: [first, , third = 'x', ...others] = [], ...top }) {
    total = first;
    let x = 1, y = 2;
    [x, y] = [y, x];
    return { b, rest, first, third, others, top, x, y };
  }
}
// input: {"a": {"c": 3, "d": 4}, "list": [1, 2], "e": 5}
