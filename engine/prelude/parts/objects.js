// Objects as console shows them; see inspect.js.
const {
  ArrayIsArray,
  BooleanPrototypeValueOf,
  DatePrototypeGetTime,
  DatePrototypeToISOString,
  ErrorPrototypeToString,
  FunctionPrototypeToString,
  MapForEach,
  MapSize,
  NumberIsFinite,
  NumberPrototypeValueOf,
  ObjectKeys,
  ObjectPrototypeToString,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  RegExpPrototypeToString,
  SetAdd,
  SetDelete,
  SetForEach,
  SetHas,
  SetSize,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeValueOf,
  clip,
  inspectValue,
  quote,
} = base;
const { textOf, withoutPrelude } = part('failures');
const INSPECT_DEPTH = 5;
const INSPECT_ITEMS = 100;

function describeObject(value, state, depth) {
  if (SetHas(state.seen, value)) return '[Circular]';
  try {
    if (state.left <= 0) return '…';
    if (typeof value === 'function') return clip(describeFunction(value), state);
    const special = describeSpecial(value, depth);
    if (special !== undefined) return clip(special, state);
    if (depth >= INSPECT_DEPTH) return clip(ArrayIsArray(value) ? '[Array]' : '[Object]', state);
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
  try {
    return describeTagged(value, depth);
  } catch {
    return undefined; // an object that only calls itself so (Symbol.toStringTag)
  }
}

function describeTagged(value, depth) {
  switch (ObjectPrototypeToString(value)) {
    case '[object Date]':
      return NumberIsFinite(DatePrototypeGetTime(value)) ? DatePrototypeToISOString(value) : 'Invalid Date';
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
  let i = 0;
  for (; i < length && i < INSPECT_ITEMS && state.left > 0; i += 1) {
    const item = ReflectGetOwnPropertyDescriptor(value, i);
    out += clip(i ? ', ' : ' ', state) + describeProperty(item, state, depth);
  }
  if (i < length) out += `, … ${length - i} more items`;
  return out ? `[${out} ]` : '[]';
}

function describeMembers(value, state, depth) {
  const label = classLabel(value);
  const entries = describeEntries(value, state, depth);
  if (entries !== undefined) return entries;
  const keys = ObjectKeys(value);
  let out = '';
  let i = 0;
  for (; i < keys.length && i < INSPECT_ITEMS && state.left > 0; i += 1) {
    const shown = isIdentifier(keys[i]) ? keys[i] : quote(keys[i]);
    const member = ReflectGetOwnPropertyDescriptor(value, keys[i]);
    out += `${clip(`${i ? ', ' : ' '}${shown}: `, state)}${describeProperty(member, state, depth)}`;
  }
  if (i < keys.length) out += `, … ${keys.length - i} more`;
  return out ? `${label}{${out} }` : `${label}{}`;
}

/** What a Map or a Set holds; undefined for everything else. */
function describeEntries(value, state, depth) {
  switch (ObjectPrototypeToString(value)) {
    case '[object Map]':
      return describeCollection('Map', MapSize, MapForEach, value, state, depth);
    case '[object Set]':
      return describeCollection('Set', SetSize, SetForEach, value, state, depth);
    default:
      return undefined;
  }
}

function describeCollection(label, sizeOf, forEach, value, state, depth) {
  let size;
  try {
    size = sizeOf(value);
  } catch {
    return undefined; // an object that only calls itself so (Symbol.toStringTag)
  }
  let out = '';
  let count = 0;
  forEach(value, (item, key) => {
    if (count >= INSPECT_ITEMS || state.left <= 0) return;
    out += clip(count ? ', ' : ' ', state);
    if (label === 'Map') out += `${inspectValue(key, state, depth + 1, true)} => `;
    out += inspectValue(item, state, depth + 1, true);
    count += 1;
  });
  if (count < size) out += `, … ${size - count} more`;
  return `${label}(${size}) {${out}${out ? ' ' : ''}}`;
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
