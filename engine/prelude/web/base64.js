// atob and btoa, over V8's own base64.
const CHARS_AT_ONCE = 8192;

/** What they throw; there is no global of this name. */
class DOMException extends Error {
  #name;
  #message;
  constructor(message, name) {
    super(message); // for the first line of the stack
    delete this.message;
    this.#name = name;
    this.#message = message;
  }
  get name() {
    return this.#name;
  }
  get message() {
    return this.#message;
  }
  get code() {
    return DOMException.INVALID_CHARACTER_ERR;
  }
}
finish(DOMException, 'DOMException', ['name', 'message', 'code']);
for (const owner of [DOMException, DOMException.prototype]) {
  Object.defineProperty(owner, 'INVALID_CHARACTER_ERR', { __proto__: null, value: 5, enumerable: true });
}

function invalidCharacter(message = 'Invalid character') {
  return new DOMException(message, 'InvalidCharacterError');
}

function atob(input) {
  if (arguments.length === 0) throw missing('input');
  const text = `${input}`.replace(/[\t\n\f\r ]+/g, '');
  const digits = text.replace(/={1,2}$/, '');
  if (/[^A-Za-z0-9+/]/.test(digits)) throw invalidCharacter();
  if (digits.length % 4 === 1) throw invalidCharacter('The string to be decoded is not correctly encoded.');
  if (digits.length < text.length && text.length % 4 !== 0) throw invalidCharacter();
  const bytes = Uint8Array.fromBase64(digits);
  let out = '';
  for (let at = 0; at < bytes.length; at += CHARS_AT_ONCE) {
    out += String.fromCharCode(...bytes.subarray(at, at + CHARS_AT_ONCE));
  }
  return out;
}

function btoa(input) {
  if (arguments.length === 0) throw missing('input');
  const text = `${input}`;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 255) throw invalidCharacter();
    bytes[i] = code;
  }
  return bytes.toBase64();
}
