// Everything that JSON has no form for, or an odd one.
// outcome: ok
class Script {
  process_incoming_request() {
    const odd = [
      undefined,
      NaN,
      -Infinity,
      -0,
      1e308,
      5e-324,
      2 ** 53 + 1,
      1e21,
      Symbol('x'),
      () => 1,
      new Date(NaN),
      new Map([[1, 2]]),
      /x/,
      new Error('x'),
    ];
    const texts = [
      '\0',
      '\ud800',
      '\udfff\ud800',
      '\u2028\u2029',
      '\ufeff',
      '\x7f\x1b[31m',
      '</script>',
      '${1}',
      '\\u0000',
      '\u202e',
    ];
    return {
      content: {
        text: 'contained',
        odd,
        texts,
        __proto__: { inherited: 1 },
        ['__proto__']: { own: 1 },
        constructor: 1,
        toString: 1,
      },
    };
  }
}
