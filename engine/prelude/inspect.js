// Values as console shows them: readable, bounded, and without running more of the script's code
// than a value forces (getters are named, not called).
const INSPECT_CHARS = 16384;

function inspect(value) {
  return inspectValue(value, { left: INSPECT_CHARS, seen: new NativeSet() }, 0, false);
}

function inspectValue(value, state, depth, nested) {
  switch (typeof value) {
    case 'string':
      return describeText(value, state, nested);
    case 'number':
      return clip(value === 0 && 1 / value < 0 ? '-0' : `${value}`, state);
    case 'bigint':
      return clip(`${BigIntPrototypeToString(value)}n`, state);
    case 'symbol':
      return clip(SymbolPrototypeToString(value), state);
    case 'undefined':
      return clip('undefined', state);
    case 'boolean':
      return clip(value ? 'true' : 'false', state);
    default:
      return value === null ? clip('null', state) : describeObject(value, state, depth);
  }
}

function describeText(value, state, nested) {
  if (!nested) return wellFormed(clip(value, state));
  const kept = StringPrototypeSlice(value, 0, MathMax(state.left, 0));
  state.left -= kept.length + 2;
  return kept.length < value.length ? `${quote(kept)}…` : quote(kept);
}

/** As much of a text as still has room. Only what is written here is counted, not what holds it. */
function clip(text, state) {
  const room = MathMax(state.left, 0);
  state.left -= text.length;
  return text.length > room ? `${StringPrototypeSlice(text, 0, room)}…` : text;
}

/** Of objects, functions and errors: it comes from the worker when one is first shown. */
function describeObject(value, state, depth) {
  return part('objects').describeObject(value, state, depth);
}
