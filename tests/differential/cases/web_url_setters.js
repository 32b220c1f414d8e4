// input: {"urls": ["https://u:p@h.example:8080/a/b?c=d#e", "file:///a/b", "mailto:a@b"], "values": ["", "x", "http", "ftp:", "a@b", "ä ö", "h2.example:99", "xn--a", "xn--bcher-kva", "münchen", "[::2]:7", "8080x", "443", "/p/../q", "?s t=%", "#h `i`", "x://y/z?w", "\\z", "a/b?c#d", "0"]}
class Script {
  change(given, name, value) {
    const url = new URL(given);
    const params = url.searchParams;
    try {
      url[name] = value;
    } catch (error) {
      return [error.name, error.code, error.input, url.href].join(' ');
    }
    return url.href === given ? '-' : `${url.href} ${params}`;
  }
  run({ urls, values }) {
    const names = ['protocol', 'username', 'password', 'host', 'hostname', 'pathname', 'search', 'hash', 'href'];
    return urls.map((url) => names.map((name) => values.map((value) => this.change(url, name, value)).join(' | ')));
  }
}
