// input: ["HTTPS://User:p@ss@EXAMPLE.com:443/a/./b/../c d?q=%20 '#f g", "http://0x7f.1", "http://[::ffff:1.2.3.4]:80/", "https://bücher.example/ä?ö#ü", "https://faß.de/ß", "https://日本語。jp/", "https://xn--bcher-kva.example", "https://a%41%2eb/", "https://a b/", "https://a:65536/", "https://[::1", "https://1.2.3.256/", "https://xn--a/", "https://%zz/", "//x", "/x", "", "file:///C|/a/../b", "file:c:\\x", "mailto:a@b?subject=c d", "javascript:alert('1')", "data:text/plain,hi there", "blob:https://a/b", "foo://Host:1/a\\b", "foo:/a/../b", "http:\\\\a\\b", "  http://a/\t\nb ", "http://a//b//../c", "http://a/%2e%2E/b", "http://user@/", "http://a?b?c#d#e", "https://☃.net/☃", "wss://a:443/", "http://a.b..c./"]
class Script {
  describe(text, base) {
    try {
      const url = base === undefined ? new URL(text) : new URL(text, base);
      const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
      if (`${url}` !== href || url.toJSON() !== href) return 'several texts';
      if (base !== undefined) return href;
      return [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash].join(' | ');
    } catch (error) {
      return [error.name, error.code, error.message, error.input, error.base].join(' | ');
    }
  }
  run(urls) {
    return urls.map((url) => [
      this.describe(url),
      this.describe(url, 'https://u:p@h.example:8080/a/b/c?d=e#f'),
      this.describe(url, 'file:///x/y'),
      `${URL.canParse(url)} ${URL.canParse(url, 'nonsense')}`,
    ]);
  }
}
