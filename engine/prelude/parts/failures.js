// Anything thrown, described without trusting it.
const {
  NativeError,
  PRELUDE_NAME,
  ResultProblem,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  inspect,
  quote,
} = base;
const STACK_CHARS = 8192;
const MESSAGE_CHARS = 4000;

/** JSON text of {name, message, stack}. */
function failureJson(thrown) {
  let name = 'Error';
  let message;
  let stack = '';
  if (ResultProblem.is(thrown)) {
    name = 'ResultError';
    message = ResultProblem.messageOf(thrown);
  } else if (isErrorLike(thrown)) {
    name = textOf(() => thrown.name) || 'Error';
    message = textOf(() => thrown.message) || '';
    stack = withoutPrelude(textOf(() => thrown.stack) || '');
  } else {
    name = 'Thrown';
    message = `${typeof thrown === 'object' && thrown !== null ? 'an object' : `a ${typeof thrown}`} was thrown, not an Error: ${inspectSafely(thrown)}`;
    if (thrown === undefined || thrown === null) message = `${thrown} was thrown, not an Error`;
  }
  return `{"name":${quoteBounded(name, 200)},"message":${quoteBounded(message, MESSAGE_CHARS)},"stack":${quoteBounded(stack, STACK_CHARS)}}`;
}

function isErrorLike(thrown) {
  if (typeof thrown !== 'object' || thrown === null) return false;
  try {
    return thrown instanceof NativeError || typeof textOf(() => thrown.stack) === 'string';
  } catch {
    return false;
  }
}

function inspectSafely(value) {
  try {
    return inspect(value);
  } catch {
    return '[cannot be shown]';
  }
}

function quoteBounded(text, maxChars) {
  return quote(text.length > maxChars ? `${StringPrototypeSlice(text, 0, maxChars)}…` : text);
}

/** A string that the script's own code hands out, or undefined when it does not. */
function textOf(read) {
  try {
    const text = read();
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A stack without the frames of this file. A long message is cut, so that the frames are kept. */
function withoutPrelude(stack) {
  let at = StringPrototypeIndexOf(stack, '\n    at ');
  if (at < 0) at = stack.length;
  let out =
    at > MESSAGE_CHARS ? `${StringPrototypeSlice(stack, 0, MESSAGE_CHARS)}…` : StringPrototypeSlice(stack, 0, at);
  while (at < stack.length && out.length < STACK_CHARS) {
    const found = StringPrototypeIndexOf(stack, '\n', at + 1);
    const end = found < 0 ? stack.length : found;
    const line = StringPrototypeSlice(stack, at, end);
    if (!StringPrototypeIncludes(line, PRELUDE_NAME)) out += line;
    at = end;
  }
  return out;
}
