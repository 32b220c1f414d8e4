// input: ["", "YQ==", "YQ", "YR==", " Y\tQ\n=\r=\f", "YWI=", "YWJj", "AP+/", "a", "ab=", "ab===", "=", "====", "A===", "YQ==YQ==", "Y=Q=", "YWJj=", "YWJjZ", "Y*Q=", "-_", "é", "日本", "\u00a0YQ==", "\u000bYQ==", "hi there"]
class Script {
  attempt(action) {
    try {
      return action();
    } catch (error) {
      return [
        error.name,
        error.message,
        error.code,
        String(error),
        Object.keys(error),
        error.stack.split('\n')[0],
      ].join(' | ');
    }
  }
  run(texts) {
    const codes = (text) => Array.from(text, (char) => char.charCodeAt(0)).join();
    const odd = [undefined, null, 5, [], {}, { toString: () => 'YQ==' }, Symbol('s')];
    return [
      texts.map((text) => [this.attempt(() => codes(atob(text))), this.attempt(() => btoa(text))]),
      odd.map((value) => [this.attempt(() => codes(atob(value))), this.attempt(() => btoa(value))]),
      [this.attempt(() => atob()), this.attempt(() => btoa())],
      atob(btoa('\x00\x7f\x80\xff'.repeat(9999))).length,
      [typeof atob, atob.name, atob.length, typeof btoa, btoa.name, btoa.length],
    ];
  }
}
