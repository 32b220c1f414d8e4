// What a script returned, as JSON text: the rules of JSON.stringify, except that a value JSON has
// no form for is named with its place, and that the size is bounded while it is written.
const RESULT_DEPTH = 100;

// Private fields: no setter on Object.prototype catches them, and asking for them springs no Proxy trap.
class ResultProblem {
  #kind;
  #message;
  constructor(kind, message) {
    this.#kind = kind;
    this.#message = message;
  }
  static is(thrown) {
    return typeof thrown === 'object' && thrown !== null && #kind in thrown;
  }
  static kindOf(problem) {
    return problem.#kind;
  }
  static messageOf(problem) {
    return problem.#message;
  }
}

/** `name` is what problems call the value. */
function toJson(value, maxChars, name = 'the result') {
  const state = { left: maxChars, maxChars, name, ancestors: new NativeSet(), depth: 0 };
  return write(value, '', name, state);
}

/** The same of an object's members, without asking the object: one of them may be called toJSON. */
function membersToJson(value, maxChars, name) {
  const state = { left: maxChars, maxChars, name, ancestors: new NativeSet(), depth: 0 };
  return writeMembers(value, name, state);
}

function write(value, key, path, state) {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
    const toJSON = value.toJSON;
    if (typeof toJSON === 'function') value = ReflectApply(toJSON, value, [key]);
  }
  switch (typeof value) {
    case 'string':
      return writeText(value, state);
    case 'number':
      return spend(NumberIsFinite(value) ? `${value}` : 'null', state);
    case 'boolean':
      return spend(value ? 'true' : 'false', state);
    case 'bigint':
      throw new ResultProblem('invalid', `${path} is a BigInt, which JSON cannot hold; use Number() or String()`);
    case 'object':
      return value === null ? spend('null', state) : writeObject(value, path, state);
    default:
      return undefined;
  }
}

function writeObject(value, path, state) {
  const boxed = unbox(value);
  if (boxed !== value) return write(boxed, '', path, state);
  if (SetHas(state.ancestors, value)) {
    throw new ResultProblem('invalid', `${path} refers back to an object that contains it (a cycle)`);
  }
  if (state.depth >= RESULT_DEPTH) {
    throw new ResultProblem('invalid', `${state.name} is nested more than ${RESULT_DEPTH} levels deep`);
  }
  SetAdd(state.ancestors, value);
  state.depth += 1;
  const out = ArrayIsArray(value) ? writeArray(value, path, state) : writeMembers(value, path, state);
  state.depth -= 1;
  SetDelete(state.ancestors, value);
  return out;
}

function writeArray(value, path, state) {
  const length = value.length;
  let out = spend('[', state);
  for (let i = 0; i < length; i += 1) {
    if (i > 0) out += spend(',', state);
    const item = write(value[i], `${i}`, `${path}[${i}]`, state);
    out += item === undefined ? spend('null', state) : item;
  }
  return out + spend(']', state);
}

function writeMembers(value, path, state) {
  const keys = ObjectKeys(value);
  let out = spend('{', state);
  let first = true;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i];
    const member = write(value[key], key, `${path}.${key}`, state);
    if (member !== undefined) {
      out += spend(first ? '' : ',', state) + writeText(key, state) + spend(':', state) + member;
      first = false;
    }
  }
  return out + spend('}', state);
}

function unbox(value) {
  switch (ObjectPrototypeToString(value)) {
    case '[object String]':
      return unboxWith(StringPrototypeValueOf, value);
    case '[object Number]':
      return unboxWith(NumberPrototypeValueOf, value);
    case '[object Boolean]':
      return unboxWith(BooleanPrototypeValueOf, value);
    default:
      return value;
  }
}

function unboxWith(valueOf, value) {
  try {
    return valueOf(value);
  } catch {
    return value; // an object that only calls itself so (Symbol.toStringTag)
  }
}

function writeText(text, state) {
  if (text.length > state.left) throw tooLarge(state); // before it is quoted, which may double it
  return spend(quote(text), state);
}

function spend(text, state) {
  state.left -= text.length;
  if (state.left < 0) throw tooLarge(state);
  return text;
}

function tooLarge(state) {
  return new ResultProblem('too-large', `${state.name} is larger than ${state.maxChars} characters`);
}
