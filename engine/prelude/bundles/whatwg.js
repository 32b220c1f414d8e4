// Stands in for @exodus/bytes/whatwg.js in whatwg-url, which then needs no encoding but UTF-8.
import { utf8fromStringLoose } from '@exodus/bytes/utf8.js';

export function percentEncodeAfterEncoding(encoding, text, alsoEncoded) {
  let out = '';
  for (const byte of utf8fromStringLoose(text)) {
    const char = String.fromCharCode(byte);
    if (byte > 0x1f && byte < 0x7f && !alsoEncoded.includes(char)) out += char;
    else out += `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
  }
  return out;
}
