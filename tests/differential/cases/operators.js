class Script {
  run(input) {
    left = input.none ?? 'default';
    let n = null;
    n ??= 5;
    n ||= 6;
    n &&= 7;
    return [left, input?.deep?.er, input.call?.(1), n, 2 ** 3 ** 2, 0 ?? 1, typeof 10n, 1_000, [1, [2]].flat()];
  }
}
// input: {"none": null}
