class Script {
  run(input) {
    ({ first, second: [third = 7] } = input);
    [fourth, ...fifth] = [1, 2, 3];
    return { first, third, fourth, fifth };
  }
}
// input: {"first": 1, "second": []}
