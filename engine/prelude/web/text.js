// TextEncoder and TextDecoder as Node has them, over those of @exodus/bytes (`encoding`).
const MULTI_BYTE = ['big5', 'euc-jp', 'euc-kr', 'gb18030', 'gbk', 'iso-2022-jp', 'shift_jis'];

class TextEncoder {
  #isEncoder;
  static #check(encoder) {
    if (typeof encoder !== 'object' || encoder === null || !(#isEncoder in encoder)) throw wrongThis('TextEncoder');
  }
  get encoding() {
    TextEncoder.#check(this);
    return 'utf-8';
  }
  encode(input = '') {
    TextEncoder.#check(this);
    return encoding.utf8fromStringLoose(`${input}`);
  }
  encodeInto(src, dest) {
    TextEncoder.#check(this);
    if (typeof src !== 'string') throw wrongType('src', 'of type string', src);
    if (!(dest instanceof Uint8Array)) throw wrongType('dest', 'an instance of Uint8Array', dest);
    return encodeInto(src, dest);
  }
}
finish(TextEncoder, 'TextEncoder', ['encode', 'encodeInto', 'encoding']);

function encodeInto(text, bytes) {
  let read = 0;
  let written = 0;
  for (const char of text.slice(0, bytes.length)) {
    const encoded = encoding.utf8fromStringLoose(char);
    if (written + encoded.length > bytes.length) break;
    bytes.set(encoded, written);
    read += char.length;
    written += encoded.length;
  }
  return { read, written };
}

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #decode;
  constructor(label = 'utf-8', options = {}) {
    const name = `${label}`;
    checkOptions(options);
    this.#encoding = encoding.normalizeEncoding(name);
    if (!this.#encoding || this.#encoding === 'replacement') {
      throw codedError(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `The "${name}" encoding is not supported`);
    }
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
    this.#decode = decoderOf(this.#encoding, this.#fatal, this.#ignoreBOM);
  }
  static #check(decoder) {
    if (typeof decoder !== 'object' || decoder === null || !(#encoding in decoder)) throw wrongThis('TextDecoder');
  }
  decode(input = new Uint8Array(), options = {}) {
    TextDecoder.#check(this);
    checkOptions(options);
    const stream = Boolean(options?.stream);
    const bytes = bytesOf(input);
    if (bytes === undefined) throw notBytes(this.#encoding === 'utf-8' && !stream ? 'list' : 'input');
    try {
      return this.#decode(bytes, stream);
    } catch (error) {
      if (!this.#fatal || !(error instanceof TypeError)) throw error;
      const message = `The encoded data was not valid for encoding ${this.#encoding}`;
      throw plainError(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', message);
    }
  }
  get encoding() {
    TextDecoder.#check(this);
    return this.#encoding;
  }
  get fatal() {
    TextDecoder.#check(this);
    return this.#fatal;
  }
  get ignoreBOM() {
    TextDecoder.#check(this);
    return this.#ignoreBOM;
  }
}
finish(TextDecoder, 'TextDecoder', ['decode', 'encoding', 'fatal', 'ignoreBOM']);
Object.defineProperty(TextDecoder, 'length', { __proto__: null, value: 0 });
Object.defineProperty(TextDecoder.prototype.decode, 'length', { __proto__: null, value: 0 });

/** A function of bytes, and whether more are to come. */
function decoderOf(name, fatal, ignoreBOM) {
  if (MULTI_BYTE.includes(name)) return more('multi-byte').createMultibyteDecoder(name, !fatal);
  const decoder = new encoding.TextDecoder(name, { fatal, ignoreBOM });
  return (bytes, stream) => decoder.decode(bytes, { stream });
}

function checkOptions(options) {
  if (typeof options !== 'object' && typeof options !== 'function') {
    throw wrongType('options', 'of type object', options);
  }
}

/** The bytes of an ArrayBuffer or of what looks into one; undefined of anything else. */
function bytesOf(input) {
  const isView = ArrayBuffer.isView(input);
  if (!isView && !(input instanceof ArrayBuffer)) return undefined;
  const buffer = isView ? input.buffer : input;
  if (buffer.detached) return new Uint8Array();
  return new Uint8Array(buffer, isView ? input.byteOffset : 0, input.byteLength);
}

function notBytes(name) {
  const message = `The "${name}" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.`;
  return plainError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}
