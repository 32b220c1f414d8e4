// HTTP and fetch. The sandbox has no network: both describe a request, and the server makes it.
const {
  ArrayIsArray,
  EncodeURIComponent,
  JSONParse,
  NativeError,
  NativePromise,
  ObjectDefineProperty,
  ObjectKeys,
  ReflectApply,
  ResultProblem,
  StringPrototypeIncludes,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  StringPrototypeToUpperCase,
  SymbolIterator,
  askAndWait,
  askLater,
  toJson,
} = base;
const REQUEST_CHARS = 1048576;

/** Describe a request as JSON text; a body that is no text goes as base64. */
function requestJson({ method, url, headers, body, options }) {
  const { timeout, followRedirects, redirect } = options;
  return requestText(
    {
      __proto__: null,
      kind: 'http',
      method: StringPrototypeToUpperCase(`${method}`),
      url: `${url}`,
      headers,
      body: typeof body === 'string' ? body : undefined,
      base64: typeof body === 'object' && body !== null ? toBase64(body) : undefined,
      timeoutMs: typeof timeout === 'number' && timeout > 0 ? timeout : undefined,
      redirects:
        followRedirects === false || redirect === 'manual' ? 'manual' : redirect === 'error' ? 'error' : undefined,
      selfSigned: options.allowSelfSigned === true ? true : undefined,
    },
    'the request',
  );
}

/** JSON text of what a call sends, or an Error that says why there is none. */
function requestText(value, name) {
  try {
    return toJson(value, REQUEST_CHARS, name);
  } catch (thrown) {
    if (!ResultProblem.is(thrown)) throw thrown;
    throw new NativeTypeError(`this cannot be sent: ${ResultProblem.messageOf(thrown)}`);
  }
}

function ownPairs(value) {
  const pairs = [];
  if (value === undefined || value === null) return pairs;
  if (HeaderList.is(value)) return HeaderList.pairsOf(value);
  if (typeof value[SymbolIterator] === 'function') {
    for (const [name, item] of value) addPair(pairs, name, item);
    return pairs;
  }
  const names = ObjectKeys(value);
  for (let i = 0; i < names.length; i += 1) addPair(pairs, names[i], value[names[i]]);
  return pairs;
}

function addPair(pairs, name, value) {
  if (ArrayIsArray(value)) {
    for (let i = 0; i < value.length; i += 1) addPair(pairs, name, value[i]);
  } else if (value !== undefined) {
    pairs[pairs.length] = [`${name}`, value === null ? '' : `${value}`];
  }
}

function formEncoded(value) {
  const pairs = ownPairs(value);
  let out = '';
  for (let i = 0; i < pairs.length; i += 1) {
    out += `${i > 0 ? '&' : ''}${encode(pairs[i][0])}=${encode(pairs[i][1])}`;
  }
  return out;
}

function encode(text) {
  return EncodeURIComponent(wellFormed(text));
}

function withQuery(url, query) {
  if (query === '') return url;
  const hash = StringPrototypeIndexOf(url, '#');
  const base = hash < 0 ? url : StringPrototypeSlice(url, 0, hash);
  const mark = StringPrototypeIncludes(base, '?') ? '&' : '?';
  return `${base}${mark}${query}${hash < 0 ? '' : StringPrototypeSlice(url, hash)}`;
}

function hasHeader(pairs, wanted) {
  for (let i = 0; i < pairs.length; i += 1) if (StringPrototypeToLowerCase(pairs[i][0]) === wanted) return true;
  return false;
}

function parseOrNull(text) {
  try {
    return JSONParse(text);
  } catch {
    return null;
  }
}

// -- HTTP, which waits (Rocket.Chat until 6, after Meteor's HTTP.call) -------------------

function scriptHttp(method, url, options, callback) {
  if (typeof options === 'function') return scriptHttp(method, url, undefined, options);
  let outcome;
  try {
    outcome = httpOutcome(JSONParse(askAndWait(httpRequest(method, url, options ?? {}))), method);
  } catch (thrown) {
    outcome = { error: thrown };
  }
  if (typeof callback === 'function') callback(outcome.error ?? null, outcome.result);
  return outcome;
}

function httpRequest(method, url, options) {
  const { params, query, data, content, auth } = options;
  const headers = ownPairs(options.headers);
  let body;
  let target = `${url}`;
  if (typeof query === 'string') target = withQuery(target, query);
  else target = withQuery(target, formEncoded(query));
  if (data !== undefined) {
    body = requestText(data, 'data') ?? 'null';
    if (!hasHeader(headers, 'content-type')) addPair(headers, 'Content-Type', 'application/json');
  } else if (content !== undefined && content !== null) {
    body = typeof content === 'object' ? content : `${content}`;
  }
  if (params !== undefined && params !== null) {
    const upper = StringPrototypeToUpperCase(`${method}`);
    if (body !== undefined || upper === 'GET' || upper === 'HEAD') {
      target = withQuery(target, formEncoded(params));
    } else {
      body = formEncoded(params);
      if (!hasHeader(headers, 'content-type')) addPair(headers, 'Content-Type', 'application/x-www-form-urlencoded');
    }
  }
  if (typeof auth === 'string' && !hasHeader(headers, 'authorization')) {
    addPair(headers, 'Authorization', `Basic ${toBase64(utf8Bytes(auth))}`);
  }
  return requestJson({ method, url: target, headers, body, options });
}

function httpOutcome(answer, method) {
  if (typeof answer.error === 'string') return { error: new NativeError(answer.error) };
  const { status, text } = answer;
  const headers = {};
  for (let i = 0; i < answer.headers.length; i += 1) {
    const name = StringPrototypeToLowerCase(answer.headers[i][0]);
    const before = headers[name];
    headers[name] = typeof before === 'string' ? `${before}, ${answer.headers[i][1]}` : answer.headers[i][1];
  }
  const result = { statusCode: status, content: text, data: parseOrNull(text), headers };
  if (status < 400) return { result, ...result };
  const said = text.length > 500 ? `${StringPrototypeSlice(text, 0, 500)}…` : text;
  const error = new NativeError(`failed [${status}] ${said}`);
  error.response = result;
  return { error };
}

/** Defined, not assigned: by now a script may have frozen what functions inherit. */
function shortcut(name, value) {
  ObjectDefineProperty(scriptHttp, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

shortcut('call', (method, url, options, callback) => scriptHttp(method, url, options, callback));
shortcut('get', (url, options, callback) => scriptHttp('GET', url, options, callback));
shortcut('post', (url, options, callback) => scriptHttp('POST', url, options, callback));
shortcut('put', (url, options, callback) => scriptHttp('PUT', url, options, callback));
shortcut('patch', (url, options, callback) => scriptHttp('PATCH', url, options, callback));
shortcut('del', (url, options, callback) => scriptHttp('DELETE', url, options, callback));

// -- fetch, which is awaited (Rocket.Chat since 7) ----------------------------------------

/** `allowSelfSigned` is Rocket.Chat's third argument. */
function scriptFetch(resource, options, allowSelfSigned) {
  return new NativePromise((resolve, reject) => {
    const request = fetchRequest(resource, options ?? {}, allowSelfSigned);
    askLater(request, (text) => {
      const answer = JSONParse(text);
      try {
        if (typeof answer.error === 'string') reject(new NativeTypeError(`fetch failed: ${answer.error}`));
        else resolve(new Answer(answer));
      } catch (thrown) {
        reject(thrown); // of a setter on Object.prototype, say
      }
    });
  });
}

function fetchRequest(resource, options, allowSelfSigned) {
  const isObject = typeof resource === 'object' && resource !== null;
  const settings = { method: 'GET', ...(isObject && typeof resource.url === 'string' ? resource : {}), ...options };
  const headers = ownPairs(settings.headers);
  const { body, type } = fetchBody(settings.body);
  if (type !== undefined && !hasHeader(headers, 'content-type')) addPair(headers, 'Content-Type', type);
  const given = isObject ? (resource.href ?? resource.url ?? resource) : resource;
  const url = withQuery(`${given}`, formEncoded(settings.params));
  if (allowSelfSigned === true) settings.allowSelfSigned = true;
  return requestJson({ method: settings.method, url, headers, body, options: settings });
}

/** As fetch does; and an object becomes JSON, as Rocket.Chat's does. */
function fetchBody(body) {
  if (body === undefined || body === null) return {};
  if (typeof body === 'string') return { body, type: 'text/plain;charset=UTF-8' };
  if (typeof body !== 'object') return { body: `${body}`, type: 'text/plain;charset=UTF-8' };
  if (bytesOf(body) !== undefined) return { body };
  if (typeof body.append === 'function' && typeof body.getAll === 'function') {
    return { body: `${body}`, type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  return { body: requestText(body, 'the body') ?? 'null', type: 'application/json' };
}

/** What fetch resolves to: a Response with a body that is all there. */
class Answer {
  #answer;
  #used = false;
  constructor(answer) {
    this.#answer = answer;
    this.status = answer.status;
    this.statusText = answer.statusText;
    this.ok = answer.status >= 200 && answer.status < 300;
    this.url = answer.url;
    this.redirected = answer.redirected;
    this.type = 'basic';
    this.headers = new HeaderList(answer.headers);
  }
  get bodyUsed() {
    return this.#used;
  }
  #take() {
    if (this.#used) throw new NativeTypeError('Body is unusable: Body has already been read');
    this.#used = true;
    return this.#answer;
  }
  async text() {
    const { text } = this.#take();
    return StringPrototypeCharCodeAt(text, 0) === 0xfeff ? StringPrototypeSlice(text, 1) : text;
  }
  async json() {
    return JSONParse(await this.text());
  }
  async arrayBuffer() {
    return (await this.bytes()).buffer;
  }
  async bytes() {
    const { text, base64 } = this.#take();
    return base64 === undefined ? utf8Bytes(text) : fromBase64(base64);
  }
  clone() {
    if (this.#used) throw new NativeTypeError('Response.clone: Body has already been consumed.');
    return new Answer(this.#answer);
  }
}

class HeaderList {
  #pairs = [];
  constructor(init) {
    const pairs = ownPairs(init);
    for (let i = 0; i < pairs.length; i += 1) this.append(pairs[i][0], pairs[i][1]);
  }
  static is(value) {
    return typeof value === 'object' && #pairs in value;
  }
  static pairsOf(list) {
    return list.#pairs;
  }
  append(name, value) {
    const key = StringPrototypeToLowerCase(`${name}`);
    for (let i = 0; i < this.#pairs.length; i += 1) {
      if (this.#pairs[i][0] === key) {
        this.#pairs[i][1] += `, ${value}`;
        return;
      }
    }
    this.#pairs[this.#pairs.length] = [key, `${value}`];
  }
  set(name, value) {
    this.delete(name);
    this.append(name, value);
  }
  delete(name) {
    const key = StringPrototypeToLowerCase(`${name}`);
    const kept = [];
    for (let i = 0; i < this.#pairs.length; i += 1) {
      if (this.#pairs[i][0] !== key) kept[kept.length] = this.#pairs[i];
    }
    this.#pairs = kept;
  }
  get(name) {
    const key = StringPrototypeToLowerCase(`${name}`);
    for (let i = 0; i < this.#pairs.length; i += 1) if (this.#pairs[i][0] === key) return this.#pairs[i][1];
    return null;
  }
  has(name) {
    return this.get(name) !== null;
  }
  forEach(callback, self) {
    for (let i = 0; i < this.#pairs.length; i += 1) {
      ReflectApply(callback, self, [this.#pairs[i][1], this.#pairs[i][0], this]);
    }
  }
  raw() {
    const raw = {};
    for (let i = 0; i < this.#pairs.length; i += 1) raw[this.#pairs[i][0]] = [this.#pairs[i][1]];
    return raw;
  }
  *entries() {
    for (let i = 0; i < this.#pairs.length; i += 1) yield [this.#pairs[i][0], this.#pairs[i][1]];
  }
  *keys() {
    for (let i = 0; i < this.#pairs.length; i += 1) yield this.#pairs[i][0];
  }
  *values() {
    for (let i = 0; i < this.#pairs.length; i += 1) yield this.#pairs[i][1];
  }
  [SymbolIterator]() {
    return this.entries();
  }
}

ObjectDefineProperty(Answer, 'name', { __proto__: null, value: 'Response', configurable: true });
ObjectDefineProperty(HeaderList, 'name', { __proto__: null, value: 'Headers', configurable: true });
