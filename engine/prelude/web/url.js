// URL as Node has it, over the parser of whatwg-url (`parser`).

const SPECIAL_SCHEMES = ['ftp', 'file', 'http', 'https', 'ws', 'wss'];

/** The record of a URL; null when there is none in the text. */
function parse(text, base) {
  const baseURL = base === undefined ? undefined : parse(base);
  if (baseURL === null) return null;
  const context = parser.basicURLParse(text.toWellFormed(), { baseURL });
  return context !== null && hasValidHost(context) ? context : null;
}

/** The parser takes any host in ASCII; Node only those whose Punycode is right. */
function hasValidHost({ scheme, host }) {
  const isDomain = typeof host === 'string' && SPECIAL_SCHEMES.includes(scheme);
  if (!isDomain || !/(?:^|\.)xn--/.test(host)) return true;
  return more('tr46').toASCII(host, { checkBidi: true, checkJoiners: true }) !== null;
}

function hostname({ host }) {
  return host === null ? '' : parser.serializeHost(host);
}

class URL {
  #context;
  #searchParams;
  constructor(input, base = undefined) {
    if (arguments.length === 0) throw missing('url');
    const text = `${input}`;
    const baseText = base === undefined ? undefined : `${base}`;
    this.#context = parse(text, baseText);
    if (this.#context === null) {
      const given = base === undefined ? { input: text } : { input: text, base: baseText };
      throw Object.assign(plainError(TypeError, 'ERR_INVALID_URL', 'Invalid URL'), given);
    }
  }
  static canParse(url, base = undefined) {
    if (arguments.length === 0) throw missing('url');
    return parse(`${url}`, base === undefined ? undefined : `${base}`) !== null;
  }
  static parse(input, base = undefined) {
    if (arguments.length === 0) throw missing('url');
    const text = `${input}`;
    const baseText = base === undefined ? undefined : `${base}`;
    return parse(text, baseText) === null ? null : new URL(text, baseText);
  }
  toString() {
    return parser.serializeURL(this.#context);
  }
  get href() {
    return parser.serializeURL(this.#context);
  }
  set href(value) {
    const text = `${value}`;
    const context = parse(text);
    if (context === null) {
      throw Object.assign(codedError(TypeError, 'ERR_INVALID_URL', 'Invalid URL'), { input: text });
    }
    this.#context = context;
    this.#readQuery();
  }
  get origin() {
    return parser.serializeURLOrigin(this.#context);
  }
  get protocol() {
    return `${this.#context.scheme}:`;
  }
  set protocol(value) {
    this.#parse(`${usvString(value)}:`, 'scheme start');
  }
  get username() {
    return this.#context.username;
  }
  set username(value) {
    const text = usvString(value);
    if (!parser.cannotHaveAUsernamePasswordPort(this.#context)) parser.setTheUsername(this.#context, text);
  }
  get password() {
    return this.#context.password;
  }
  set password(value) {
    const text = usvString(value);
    if (!parser.cannotHaveAUsernamePasswordPort(this.#context)) parser.setThePassword(this.#context, text);
  }
  get host() {
    const { port } = this.#context;
    return port === null ? hostname(this.#context) : `${hostname(this.#context)}:${port}`;
  }
  set host(value) {
    const text = usvString(value);
    if (!parser.hasAnOpaquePath(this.#context)) this.#parse(text, 'host');
  }
  get hostname() {
    return hostname(this.#context);
  }
  set hostname(value) {
    const text = usvString(value);
    if (!parser.hasAnOpaquePath(this.#context)) this.#parse(text, 'hostname');
  }
  get port() {
    return `${this.#context.port ?? ''}`;
  }
  set port(value) {
    const text = usvString(value);
    if (parser.cannotHaveAUsernamePasswordPort(this.#context)) return;
    if (text === '') this.#context.port = null;
    else this.#parse(text, 'port');
  }
  get pathname() {
    return parser.serializePath(this.#context);
  }
  set pathname(value) {
    const text = usvString(value);
    if (parser.hasAnOpaquePath(this.#context)) return;
    this.#context.path = [];
    this.#parse(text, 'path start');
  }
  get search() {
    return this.#context.query ? `?${this.#context.query}` : '';
  }
  set search(value) {
    const text = usvString(value);
    this.#context.query = text === '' ? null : '';
    if (text !== '') this.#parse(text.replace(/^\?/, ''), 'query');
    this.#readQuery();
  }
  get searchParams() {
    this.#searchParams ??= linkedParams(this.#context.query ?? '', () => {
      this.#context.query = serializeQuery(listOf(this.#searchParams)) || null;
    });
    return this.#searchParams;
  }
  get hash() {
    return this.#context.fragment ? `#${this.#context.fragment}` : '';
  }
  set hash(value) {
    const text = usvString(value);
    this.#context.fragment = text === '' ? null : '';
    if (text !== '') this.#parse(text.replace(/^#/, ''), 'fragment');
  }
  toJSON() {
    return parser.serializeURL(this.#context);
  }
  #parse(text, stateOverride) {
    const { host, port } = this.#context;
    parser.basicURLParse(text, { url: this.#context, stateOverride });
    if (!hasValidHost(this.#context)) Object.assign(this.#context, { host, port });
  }
  #readQuery() {
    if (this.#searchParams !== undefined) replaceList(this.#searchParams, this.#context.query ?? '');
  }
}
finish(URL, 'URL', [
  ...['canParse', 'parse', 'toString', 'href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname'],
  ...['port', 'pathname', 'search', 'searchParams', 'hash', 'toJSON'],
]);
