// Bytes and text, for what crosses to the outside.
const {
  IsView,
  MathMax,
  NativeTypeError,
  NativeUint8Array,
  ObjectPrototypeToString,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  wellFormed,
} = base;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A view of an ArrayBuffer or of what looks into one; undefined of anything else. */
function bytesOf(value) {
  if (IsView(value)) return new NativeUint8Array(value.buffer, value.byteOffset, value.byteLength);
  return ObjectPrototypeToString(value) === '[object ArrayBuffer]' ? new NativeUint8Array(value) : undefined;
}

function utf8Bytes(text) {
  const whole = wellFormed(text);
  const bytes = new NativeUint8Array(whole.length * 3);
  let size = 0;
  for (let i = 0; i < whole.length; i += 1) {
    let code = StringPrototypeCharCodeAt(whole, i);
    if (code >= 0xd800 && code < 0xdc00) {
      i += 1;
      code = 0x10000 + ((code - 0xd800) << 10) + (StringPrototypeCharCodeAt(whole, i) - 0xdc00);
    }
    if (code < 0x80) bytes[size++] = code;
    else {
      if (code < 0x800) bytes[size++] = 0xc0 | (code >> 6);
      else {
        if (code < 0x10000) bytes[size++] = 0xe0 | (code >> 12);
        else {
          bytes[size++] = 0xf0 | (code >> 18);
          bytes[size++] = 0x80 | ((code >> 12) & 63);
        }
        bytes[size++] = 0x80 | ((code >> 6) & 63);
      }
      bytes[size++] = 0x80 | (code & 63);
    }
  }
  const exact = new NativeUint8Array(size);
  for (let i = 0; i < size; i += 1) exact[i] = bytes[i];
  return exact;
}

function toBase64(value) {
  const bytes = bytesOf(value);
  if (bytes === undefined) throw new NativeTypeError('a request body is a text, bytes or an object');
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += BASE64[triple >> 18] + BASE64[(triple >> 12) & 63];
    text += i + 1 < bytes.length ? BASE64[(triple >> 6) & 63] : '=';
    text += i + 2 < bytes.length ? BASE64[triple & 63] : '=';
  }
  return text;
}

function fromBase64(text) {
  let size = (text.length / 4) * 3;
  if (text.length > 0 && text[text.length - 1] === '=') size -= text[text.length - 2] === '=' ? 2 : 1;
  const bytes = new NativeUint8Array(size);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let triple = 0;
    for (let j = 0; j < 4; j += 1) {
      triple = (triple << 6) | MathMax(StringPrototypeIndexOf(BASE64, text[i + j]), 0);
    }
    bytes[at++] = triple >> 16;
    if (at < size) bytes[at++] = (triple >> 8) & 255;
    if (at < size) bytes[at++] = triple & 255;
  }
  return bytes;
}
