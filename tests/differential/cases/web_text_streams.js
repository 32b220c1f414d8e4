// input: {"bytes": [239, 187, 191, 97, 195, 169, 230, 151, 165, 240, 159, 152, 128, 122], "wide": [255, 254, 97, 0, 61, 216, 0, 222, 122, 0]}
class Script {
  pieces(label, bytes, size, options) {
    const decoder = new TextDecoder(label, options);
    const out = [];
    for (let at = 0; at < bytes.length; at += size) {
      out.push(decoder.decode(new Uint8Array(bytes.slice(at, at + size)), { stream: true }));
    }
    out.push(decoder.decode());
    return out;
  }
  run({ bytes, wide }) {
    const sizes = [1, 2, 3, 4, 5, 7, 100];
    const views = new Uint8Array([0, 0, 195, 169, 0, 0]);
    const broken = new TextDecoder('utf-8', { fatal: true });
    const failures = [[230], [97], [98]].map((chunk) => {
      try {
        return broken.decode(new Uint8Array(chunk), { stream: true });
      } catch (error) {
        return error.name;
      }
    });
    return [
      sizes.map((size) => this.pieces('utf-8', bytes, size)),
      sizes.map((size) => this.pieces('utf-8', bytes, size, { ignoreBOM: true }).join('')),
      sizes.map((size) => this.pieces('utf-16le', wide, size).join('')),
      [
        views.buffer.slice(2, 4),
        views.subarray(2, 4),
        new DataView(views.buffer, 2, 2),
        new Uint16Array(views.buffer, 2, 1),
      ].map((given) => new TextDecoder().decode(given)),
      failures,
    ];
  }
}
