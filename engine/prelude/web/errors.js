// Errors as Node throws them, and what else its web interfaces have in common.

/** An error with a code, which is in the first line of its stack too: `TypeError [CODE]: …`. */
function codedError(Base, code, message) {
  const error = plainError(Base, code, message);
  const hidden = (value) => ({ __proto__: null, value, writable: true, configurable: true });
  Object.defineProperty(error, 'name', hidden(`${Base.name} [${code}]`));
  void error.stack; // it is written when it is first read
  delete error.name;
  const toString = () => `${error.name} [${code}]: ${error.message}`;
  return Object.defineProperty(error, 'toString', hidden(toString));
}

/** An error of Node's C++, where the code is only a member. */
function plainError(Base, code, message) {
  return Object.assign(new Base(message), { code });
}

function missing(...names) {
  const quoted = names.map((name) => `"${name}"`).join(' and ');
  const noun = names.length > 1 ? 'arguments' : 'argument';
  return codedError(TypeError, 'ERR_MISSING_ARGS', `The ${quoted} ${noun} must be specified`);
}

function wrongThis(type) {
  return codedError(TypeError, 'ERR_INVALID_THIS', `Value of "this" must be of type ${type}`);
}

function wrongType(name, expected, value) {
  const message = `The "${name}" argument must be ${expected}. Received ${received(value)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

function received(value) {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name ? `an instance of ${name}` : '[Object: null prototype] {}';
  }
  return `type ${typeof value} (${shown(value)})`;
}

function shown(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'string') return String(value);
  const text = value.length > 28 ? `${value.slice(0, 25)}...` : value;
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replace(/'/g, "\\'")}'`;
}

/** Give an interface its tag, and members that for…in finds. */
function finish(Class, tag, members) {
  for (const name of members) {
    const owner = Object.hasOwn(Class.prototype, name) ? Class.prototype : Class;
    Object.defineProperty(owner, name, { __proto__: null, enumerable: true });
  }
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { __proto__: null, value: tag, configurable: true });
}
