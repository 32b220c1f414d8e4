// Stands in for two globals in whatwg-url, which has no others and uses no more of them.
import { utf8fromStringLoose, utf8toStringLoose } from '@exodus/bytes/utf8.js';

export class TextEncoder {
  encode(text) {
    return utf8fromStringLoose(text);
  }
}

export class TextDecoder {
  decode(bytes) {
    return utf8toStringLoose(bytes);
  }
}
