// The encodings of East Asia, whose tables are large.
export { createMultibyteDecoder } from '@exodus/bytes/multi-byte.js';
