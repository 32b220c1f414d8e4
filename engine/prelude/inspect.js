// Values as console shows them: readable, bounded, and without running more of the script's code
// than a value forces (getters are named, not called).
const INSPECT_DEPTH = 5;
const INSPECT_ITEMS = 100;
const INSPECT_CHARS = 16384;

function inspect(value) {
  return inspectValue(value, { left: INSPECT_CHARS, seen: new NativeSet() }, 0, false);
}

function inspectValue(value, state, depth, nested) {
  const text = describe(value, state, depth, nested);
  state.left -= text.length;
  return state.left < 0 ? '…' : text;
}

function describe(value, state, depth, nested) {
  switch (typeof value) {
    case 'string':
      return nested ? quote(StringPrototypeSlice(value, 0, INSPECT_CHARS)) : wellFormed(value);
    case 'number':
      return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
    case 'bigint':
      return `${BigIntPrototypeToString(value)}n`;
    case 'symbol':
      return SymbolPrototypeToString(value);
    case 'undefined':
      return 'undefined';
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value === null ? 'null' : describeObject(value, state, depth);
  }
}

function describeObject(value, state, depth) {
  if (SetHas(state.seen, value)) return '[Circular]';
  try {
    if (typeof value === 'function') return describeFunction(value);
    const special = describeSpecial(value, depth);
    if (special !== undefined) return special;
    if (depth >= INSPECT_DEPTH) return ArrayIsArray(value) ? '[Array]' : '[Object]';
    if (state.left <= 0) return '…';
    SetAdd(state.seen, value);
    try {
      if (ArrayIsArray(value)) return describeArray(value, state, depth);
      return describeMembers(value, state, depth);
    } finally {
      SetDelete(state.seen, value);
    }
  } catch {
    return '[cannot be shown]';
  }
}

function describeFunction(value) {
  const name = ownData(value, 'name');
  const kind = StringPrototypeSlice(FunctionPrototypeToString(value), 0, 5) === 'class' ? 'class' : 'Function';
  return typeof name === 'string' && name ? `[${kind}: ${name}]` : `[${kind} (anonymous)]`;
}

function describeSpecial(value, depth) {
  switch (ObjectPrototypeToString(value)) {
    case '[object Date]':
      try {
        return DatePrototypeToISOString(value);
      } catch {
        return 'Invalid Date';
      }
    case '[object RegExp]':
      return RegExpPrototypeToString(value);
    case '[object Error]':
      return describeErrorValue(value, depth);
    case '[object Promise]':
      return 'Promise {}';
    case '[object String]':
      return `[String: ${quote(StringPrototypeValueOf(value))}]`;
    case '[object Number]':
      return `[Number: ${NumberPrototypeValueOf(value)}]`;
    case '[object Boolean]':
      return `[Boolean: ${BooleanPrototypeValueOf(value)}]`;
    default:
      return undefined;
  }
}

function describeErrorValue(value, depth) {
  const stack = textOf(() => value.stack);
  if (stack && depth === 0) return withoutPrelude(stack);
  return `[${ErrorPrototypeToString(value)}]`;
}

function describeArray(value, state, depth) {
  const length = value.length;
  let out = '';
  for (let i = 0; i < length && i < INSPECT_ITEMS && state.left > 0; i += 1) {
    const item = ReflectGetOwnPropertyDescriptor(value, i);
    out += (i ? ', ' : ' ') + describeProperty(item, state, depth);
  }
  if (length > INSPECT_ITEMS) out += `, … ${length - INSPECT_ITEMS} more items`;
  return out ? `[${out} ]` : '[]';
}

function describeMembers(value, state, depth) {
  const label = classLabel(value);
  const entries = describeEntries(value, state, depth);
  if (entries !== undefined) return entries;
  const keys = ObjectKeys(value);
  let out = '';
  for (let i = 0; i < keys.length && i < INSPECT_ITEMS && state.left > 0; i += 1) {
    const shown = isIdentifier(keys[i]) ? keys[i] : quote(keys[i]);
    const member = ReflectGetOwnPropertyDescriptor(value, keys[i]);
    out += `${i ? ', ' : ' '}${shown}: ${describeProperty(member, state, depth)}`;
  }
  if (keys.length > INSPECT_ITEMS) out += `, … ${keys.length - INSPECT_ITEMS} more`;
  return out ? `${label}{${out} }` : `${label}{}`;
}

function describeEntries(value, state, depth) {
  let out = '';
  let count = 0;
  const add = (text) => {
    out += (count ? ', ' : ' ') + text;
    count += 1;
  };
  const wanted = () => count < INSPECT_ITEMS && state.left > 0;
  switch (ObjectPrototypeToString(value)) {
    case '[object Map]': {
      const size = MapSize(value);
      MapForEach(value, (item, key) => {
        if (!wanted()) return;
        add(`${inspectValue(key, state, depth + 1, true)} => ${inspectValue(item, state, depth + 1, true)}`);
      });
      return `Map(${size}) {${out}${out ? ' ' : ''}}`;
    }
    case '[object Set]': {
      const size = SetSize(value);
      SetForEach(value, (item) => {
        if (wanted()) add(inspectValue(item, state, depth + 1, true));
      });
      return `Set(${size}) {${out}${out ? ' ' : ''}}`;
    }
    default:
      return undefined;
  }
}

function describeProperty(descriptor, state, depth) {
  if (descriptor === undefined) return '<empty>';
  if (!('value' in descriptor)) return descriptor.get ? '[Getter]' : '[Setter]';
  return inspectValue(descriptor.value, state, depth + 1, true);
}

function classLabel(value) {
  const prototype = ReflectGetPrototypeOf(value);
  if (prototype === null) return '[Object: null prototype] ';
  const constructor = ownData(prototype, 'constructor');
  const name = typeof constructor === 'function' ? ownData(constructor, 'name') : undefined;
  return typeof name === 'string' && name && name !== 'Object' ? `${name} ` : '';
}

/** An own data property's value; accessors are not called. */
function ownData(object, key) {
  const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
  return descriptor && 'value' in descriptor ? descriptor.value : undefined;
}

function isIdentifier(text) {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = StringPrototypeCharCodeAt(text, i);
    const letter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 36;
    if (!letter && !(i > 0 && code >= 48 && code <= 57)) return false;
  }
  return true;
}
