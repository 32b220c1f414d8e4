class Link extends URL {
  static home = 'https://home.example/';
  constructor(path, base = Link.home) {
    super(path, base);
    this.made = true;
    lastMade = this.host; // undeclared, as sloppy mode has it
  }
  get short() {
    return this.host + this.pathname;
  }
  toString() {
    return `<${super.toString()}>`;
  }
}
class Query extends URLSearchParams {
  get first() {
    return [...this][0];
  }
}
class Script {
  run() {
    const link = new Link('/a?b=c');
    return [
      [lastMade, link.short, link.made, String(link), link.href, link instanceof URL, JSON.stringify(link)],
      [new Query('a=1').first, new Query(link.searchParams).get('b'), new Query() instanceof URLSearchParams],
      [Link.canParse('x'), Object.prototype.toString.call(link), Link.name],
    ];
  }
}
