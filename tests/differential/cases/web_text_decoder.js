// input: [[], [97], [195, 169], [195], [230, 151, 165], [230, 151], [240, 159, 152, 128], [240, 159, 152], [255, 97], [192, 128], [237, 160, 128], [244, 144, 128, 128], [239, 187, 191, 97], [239, 187, 191, 239, 187, 191], [255, 254, 97, 0], [254, 255, 0, 97], [61, 216, 0, 222], [61, 216], [0, 216, 97, 0], [147, 250, 150, 123], [196, 227, 186, 195], [228, 193]]
class Script {
  attempt(action) {
    try {
      return action();
    } catch (error) {
      return [error.name, error.code, error.message].join(' ');
    }
  }
  run(texts) {
    const decode = (label, options) =>
      texts
        .map((bytes) => this.attempt(() => new TextDecoder(label, options).decode(new Uint8Array(bytes))))
        .join(' | ');
    const labels = ['utf8', ' UTF-8\n', 'unicode-1-1-utf-8', 'utf-16', 'ucs-2', 'latin1', 'ascii', 'iso-8859-1'];
    const legacy = [
      'koi8-r',
      'windows-1251',
      'cp1252',
      'sjis',
      'x-sjis',
      'gb2312',
      'chinese',
      'big5-hkscs',
      'ks_c_5601-1987',
    ];
    const misuse = [
      () => TextDecoder(),
      () => new TextDecoder('nope'),
      () => new TextDecoder(''),
      () => new TextDecoder(null),
      () => new TextDecoder('replacement'),
      () => new TextDecoder('utf-8', 5),
      () => new TextDecoder('utf-8', null).fatal,
      () => new TextDecoder().decode('text'),
      () => new TextDecoder().decode([97]),
      () => new TextDecoder('utf-16le').decode(null),
      () => new TextDecoder().decode(undefined),
      () => TextDecoder.prototype.decode.call({}),
      () => TextDecoder.prototype.fatal,
    ];
    const decoder = new TextDecoder('UTF-16LE', { fatal: 1, ignoreBOM: 'yes' });
    return [
      decode(),
      decode('utf-8', { fatal: true }),
      decode('utf-8', { ignoreBOM: true }),
      decode('utf-16le'),
      decode('utf-16le', { fatal: true }),
      decode('utf-16be', { ignoreBOM: true }),
      [...labels, ...legacy].map((label) => new TextDecoder(label).encoding).join(' '),
      new TextDecoder('shift_jis').decode(new Uint8Array([147, 250, 150, 123])),
      new TextDecoder('gbk').decode(new Uint8Array([196, 227, 186, 195])),
      new TextDecoder('koi8-r').decode(new Uint8Array([228, 193])),
      new TextDecoder('latin1').decode(new Uint8Array([97, 233, 255])),
      [
        decoder.encoding,
        decoder.fatal,
        decoder.ignoreBOM,
        Object.prototype.toString.call(decoder),
        JSON.stringify(decoder),
      ],
      misuse.map((action) => this.attempt(action)),
    ];
  }
}
