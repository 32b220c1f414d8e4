class Script {
  run(input) {
    const keys = [];
    for (key in input) keys.push(key);
    for (value of Object.values(input)) keys.push(value);
    return keys.concat(key, value);
  }
}
// input: {"a": 1, "b": 2}
