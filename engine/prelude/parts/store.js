// Store: what an integration remembers between its requests. It is read when a run first touches it,
// and whatever it then holds at the end of the run is what is kept.
const {
  JSONParse,
  MapGet,
  MapSet,
  NativeError,
  NativeMap,
  ObjectKeys,
  ResultProblem,
  StringPrototypeCharCodeAt,
  askAndWait,
  membersToJson,
  quote,
  toJson,
} = base;
const { MESSAGE_CHARS, inspectSafely, quoteBounded } = part('failures');
const STORE_BYTES = 65536;
const stored = { values: undefined, sizes: undefined, bytes: 0 };

function resetStore() {
  stored.values = undefined;
}

function openStore() {
  if (stored.values !== undefined) return;
  const answer = JSONParse(askAndWait('{"kind":"store"}'));
  if (typeof answer.error === 'string') throw new NativeError(`Store: ${answer.error}`);
  const values = { __proto__: null };
  const held = JSONParse(answer.store);
  const names = ObjectKeys(held);
  for (let i = 0; i < names.length; i += 1) values[names[i]] = held[names[i]];
  stored.values = values;
  stored.sizes = new NativeMap();
  stored.bytes = utf8Length(answer.store);
}

const scriptStore = {
  set(key, value) {
    openStore();
    const name = `${key}`;
    const bytes = utf8Length(storedJson(name, value));
    const grown = stored.bytes + bytes - (MapGet(stored.sizes, name) ?? knownSize(name));
    if (grown > STORE_BYTES)
      throw new NativeError(`Store holds ${STORE_BYTES} bytes as JSON; ${grown} would be needed`);
    stored.bytes = grown;
    MapSet(stored.sizes, name, bytes);
    stored.values[name] = value;
    return value;
  },
  get(key) {
    openStore();
    return stored.values[`${key}`];
  },
};

function knownSize(name) {
  return name in stored.values ? utf8Length(storedJson(name, stored.values[name])) : 0;
}

function storedJson(name, value) {
  try {
    return `${quote(name)}:${toJson(value, STORE_BYTES) ?? 'null'},`;
  } catch (thrown) {
    if (!ResultProblem.is(thrown)) throw thrown;
    throw new NativeError(`Store cannot keep this: ${ResultProblem.messageOf(thrown)}`);
  }
}

/** JSON of {store, storeProblem}: what is to be kept, null when nothing was touched. */
function storeJson() {
  if (stored.values === undefined) return '"store":null';
  try {
    const json = membersToJson(stored.values, STORE_BYTES, 'Store');
    if (utf8Length(json) <= STORE_BYTES) return `"store":${quote(json)}`;
    return `"store":null,"storeProblem":"Store would hold more than ${STORE_BYTES} bytes as JSON"`;
  } catch (thrown) {
    const message = ResultProblem.is(thrown) ? ResultProblem.messageOf(thrown) : inspectSafely(thrown);
    return `"store":null,"storeProblem":${quoteBounded(`Store cannot be kept: ${message}`, MESSAGE_CHARS)}`;
  }
}

function utf8Length(text) {
  let bytes = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = StringPrototypeCharCodeAt(text, i);
    // A surrogate is half of four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}
