// The parser that URL is made of. URLs are in UTF-8 here, and hosts beyond ASCII come later.
import { percentDecodeString } from 'whatwg-url/lib/percent-encoding.js';
import { utf8toStringLoose } from '@exodus/bytes/utf8.js';

export * from 'whatwg-url/lib/url-state-machine.js';

/** Percent-decode, and read what that gives as UTF-8. */
export function decode(text) {
  return utf8toStringLoose(percentDecodeString(text));
}
