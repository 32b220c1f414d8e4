// Anything thrown, described without trusting it.
const PRELUDE_NAME = 'hooksmith-prelude.js';
const STACK_CHARS = 8192;

/** JSON text of {name, message, stack}. */
function failureJson(thrown) {
  let name = 'Error';
  let message;
  let stack = '';
  if (thrown instanceof ResultProblem) {
    name = 'ResultError';
    message = thrown.message;
  } else if (isErrorLike(thrown)) {
    name = textOf(() => thrown.name) || 'Error';
    message = textOf(() => thrown.message) || '';
    stack = withoutPrelude(textOf(() => thrown.stack) || '');
  } else {
    name = 'Thrown';
    message = `${typeof thrown === 'object' && thrown !== null ? 'an object' : `a ${typeof thrown}`} was thrown, not an Error: ${inspectSafely(thrown)}`;
    if (thrown === undefined || thrown === null) message = `${thrown} was thrown, not an Error`;
  }
  return `{"name":${quoteBounded(name, 200)},"message":${quoteBounded(message, 4000)},"stack":${quoteBounded(stack, STACK_CHARS)}}`;
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

/** A stack without the frames of this file. */
function withoutPrelude(stack) {
  let out = '';
  let line = '';
  for (let i = 0; i <= stack.length && i < STACK_CHARS; i += 1) {
    if (i === stack.length || stack[i] === '\n') {
      if (!StringPrototypeIncludes(line, PRELUDE_NAME)) out += (out ? '\n' : '') + line;
      line = '';
    } else {
      line += stack[i];
    }
  }
  return out;
}
