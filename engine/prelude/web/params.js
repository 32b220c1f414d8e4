// URLSearchParams as Node has it.

/** Names and values in turn: what application/x-www-form-urlencoded says. */
function parseQuery(text) {
  const list = [];
  for (const part of text.split('&')) {
    if (part !== '') {
      const at = part.indexOf('=');
      list.push(unescapeQuery(at < 0 ? part : part.slice(0, at)), at < 0 ? '' : unescapeQuery(part.slice(at + 1)));
    }
  }
  return list;
}

function unescapeQuery(text) {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return parser.decode(spaced);
  }
}

function serializeQuery(list) {
  let out = '';
  for (let i = 0; i < list.length; i += 2) {
    out += `${i > 0 ? '&' : ''}${escapeQuery(list[i])}=${escapeQuery(list[i + 1])}`;
  }
  return out;
}

function escapeQuery(text) {
  return encodeURIComponent(text).replace(/%20|[!'()~]/g, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function usvString(value) {
  return `${value}`.toWellFormed();
}

// What a URL does with its parameters; their members are a script's to change.
let listOf;
let replaceList;
let linkedParams;

class URLSearchParams {
  #list = [];
  #changed = () => {};
  static {
    listOf = (params) => params.#list;
    replaceList = (params, query) => {
      params.#list = parseQuery(query);
    };
    linkedParams = (query, changed) => {
      const params = new URLSearchParams();
      params.#list = parseQuery(query);
      params.#changed = changed;
      return params;
    };
  }
  static #check(params) {
    if (typeof params !== 'object' || params === null || !(#list in params)) throw wrongThis('URLSearchParams');
  }
  constructor(init = undefined) {
    if (init === undefined) return;
    if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
      this.#list = parseQuery(usvString(init).replace(/^\?/, ''));
      return;
    }
    const iterate = init[Symbol.iterator];
    if (iterate === undefined || iterate === null) this.#list = listOfRecord(init);
    else if (typeof iterate === 'function') this.#list = listOfPairs(init);
    else throw codedError(TypeError, 'ERR_ARG_NOT_ITERABLE', 'Query pairs must be iterable');
  }
  get size() {
    URLSearchParams.#check(this);
    return this.#list.length / 2;
  }
  append(name, value) {
    URLSearchParams.#check(this);
    if (arguments.length < 2) throw missing('name', 'value');
    this.#list.push(usvString(name), usvString(value));
    this.#changed();
  }
  delete(name, value = undefined) {
    URLSearchParams.#check(this);
    if (arguments.length < 1) throw missing('name');
    const wanted = usvString(name);
    const wantedValue = value === undefined ? undefined : usvString(value);
    this.#keep((i) => !this.#matches(i, wanted, wantedValue));
    this.#changed();
  }
  get(name) {
    URLSearchParams.#check(this);
    if (arguments.length < 1) throw missing('name');
    const at = this.#find(usvString(name));
    return at < 0 ? null : this.#list[at + 1];
  }
  getAll(name) {
    URLSearchParams.#check(this);
    if (arguments.length < 1) throw missing('name');
    const wanted = usvString(name);
    return this.#list.filter((_, i) => i % 2 === 1 && this.#list[i - 1] === wanted);
  }
  has(name, value = undefined) {
    URLSearchParams.#check(this);
    if (arguments.length < 1) throw missing('name');
    const wanted = usvString(name);
    return this.#find(wanted, value === undefined ? undefined : usvString(value)) >= 0;
  }
  set(name, value) {
    URLSearchParams.#check(this);
    if (arguments.length < 2) throw missing('name', 'value');
    const wanted = usvString(name);
    const replacement = usvString(value);
    const at = this.#find(wanted);
    if (at < 0) this.#list.push(wanted, replacement);
    else {
      this.#list[at + 1] = replacement;
      this.#keep((i) => i <= at || this.#list[i] !== wanted);
    }
    this.#changed();
  }
  sort() {
    URLSearchParams.#check(this);
    const pairs = [];
    for (let i = 0; i < this.#list.length; i += 2) pairs.push([this.#list[i], this.#list[i + 1]]);
    pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    this.#list = pairs.flat();
    this.#changed();
  }
  entries() {
    URLSearchParams.#check(this);
    return new URLSearchParamsIterator(this, (name, value) => [name, value]);
  }
  forEach(callback, thisArg = undefined) {
    URLSearchParams.#check(this);
    if (typeof callback !== 'function') throw wrongType('callback', 'of type function', callback);
    for (let i = 0; i < this.#list.length; i += 2) {
      Reflect.apply(callback, thisArg, [this.#list[i + 1], this.#list[i], this]);
    }
  }
  keys() {
    URLSearchParams.#check(this);
    return new URLSearchParamsIterator(this, (name) => name);
  }
  values() {
    URLSearchParams.#check(this);
    return new URLSearchParamsIterator(this, (name, value) => value);
  }
  toString() {
    URLSearchParams.#check(this);
    return serializeQuery(this.#list);
  }
  #matches(i, name, value) {
    return this.#list[i] === name && (value === undefined || this.#list[i + 1] === value);
  }
  #find(name, value) {
    for (let i = 0; i < this.#list.length; i += 2) if (this.#matches(i, name, value)) return i;
    return -1;
  }
  #keep(isKept) {
    this.#list = this.#list.filter((_, i) => isKept(i - (i % 2)));
  }
}
finish(URLSearchParams, 'URLSearchParams', [
  ...['size', 'append', 'delete', 'get', 'getAll', 'has', 'set', 'sort'],
  ...['entries', 'forEach', 'keys', 'values', 'toString'],
]);
Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
  __proto__: null,
  value: URLSearchParams.prototype.entries,
  writable: true,
  configurable: true,
});

function listOfPairs(init) {
  const list = [];
  for (const pair of init) {
    const isIterable = Object(pair) === pair && typeof pair[Symbol.iterator] === 'function';
    const items = isIterable ? Array.from(pair, usvString) : [];
    if (items.length !== 2) {
      throw codedError(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
    }
    list.push(items[0], items[1]);
  }
  return list;
}

function listOfRecord(init) {
  const members = new Map();
  for (const key of Reflect.ownKeys(init)) {
    if (Reflect.getOwnPropertyDescriptor(init, key)?.enumerable) members.set(usvString(key), usvString(init[key]));
  }
  return [...members].flat();
}

/** What goes through the parameters as they are at each step. */
class URLSearchParamsIterator {
  #params;
  #shape;
  #at = 0;
  constructor(params, shape) {
    this.#params = params;
    this.#shape = shape;
  }
  next() {
    if (typeof this !== 'object' || this === null || !(#at in this)) throw wrongThis('URLSearchParamsIterator');
    const list = listOf(this.#params);
    if (this.#at >= list.length) return { value: undefined, done: true };
    const value = this.#shape(list[this.#at], list[this.#at + 1]);
    this.#at += 2;
    return { value, done: false };
  }
}
finish(URLSearchParamsIterator, 'URLSearchParams Iterator', ['next']);
delete URLSearchParamsIterator.prototype.constructor;
Object.setPrototypeOf(
  URLSearchParamsIterator.prototype,
  Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
);
