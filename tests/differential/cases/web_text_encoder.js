// input: ["", "a", "é", "日本", "😀", "\u0000\u007f\u0080\u07ff\u0800\uffff"]
class Script {
  attempt(action) {
    try {
      return action();
    } catch (error) {
      return [error.name, error.code, error.message].join(' ');
    }
  }
  run(given) {
    const texts = [...given, '\ud83d', '\ude00x', 'a\ud83d\ud83d\ude00'];
    const encoder = new TextEncoder('utf-16');
    const into = (text, size) => {
      const bytes = new Uint8Array(size);
      const { read, written } = encoder.encodeInto(text, bytes);
      return `${read} ${written} [${bytes}]`;
    };
    const misuse = [
      () => TextEncoder(),
      () => encoder.encode(Symbol('s')),
      () => encoder.encodeInto('a'),
      () => encoder.encodeInto(5, new Uint8Array(1)),
      () => encoder.encodeInto('a', [1]),
      () => TextEncoder.prototype.encode.call({}, 'a'),
      () => TextEncoder.prototype.encoding,
    ];
    return [
      texts.map((text) => String(encoder.encode(text))),
      texts.map((text) => [0, 1, 2, 3, 4, 5, 9].map((size) => into(text, size)).join(' | ')),
      [undefined, null, 12, { toString: () => 'ü' }].map((value) => String(encoder.encode(value))),
      [encoder.encoding, Object.prototype.toString.call(encoder), JSON.stringify(encoder), TextEncoder.length],
      misuse.map((action) => this.attempt(action)),
    ];
  }
}
