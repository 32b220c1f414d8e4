// Stands in for tr46 in whatwg-url: its tables are eight times the size of the rest, and few hosts need them.
let tr46;

export function toASCII(domain, options) {
  tr46 ??= more('tr46');
  return tr46.toASCII(domain, options);
}
