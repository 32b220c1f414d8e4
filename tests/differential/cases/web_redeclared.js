// A script's own come before the globals, whatever they are.
const URL = { parse: (text) => text.split('/') };
let atob = (text) => `decoded ${text}`;
class TextDecoder {
  decode() {
    return 'mine';
  }
}
function btoa() {
  return 'encoded';
}
var URLSearchParams = typeof URLSearchParams === 'undefined' ? 'mine' : 'there';
class Script {
  run() {
    const TextEncoder = 5;
    return [URL.parse('a/b'), atob('x'), new TextDecoder().decode(), btoa(), URLSearchParams, TextEncoder];
  }
}
