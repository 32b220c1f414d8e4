// The encodings of one byte, and the Unicode ones.
export { TextDecoder, normalizeEncoding } from '@exodus/bytes/encoding-lite.js';
export { utf8fromStringLoose } from '@exodus/bytes/utf8.js';
