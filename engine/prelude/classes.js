// Classes made from functions and object literals: what compiled scripts call (compile/classes.js shows how).
//
// It runs in the script's own realm, before the script, and only where a script was compiled.
const {
  construct,
  apply,
  ownKeys,
  get: reflectGet,
  set: reflectSet,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  setPrototypeOf,
} = Reflect;
const { create } = Object;
const ObjectPrototype = Object.prototype;
const FunctionPrototype = Function.prototype;
const hasInstance = (maker, object) => apply(isPrototypeOf, maker.prototype, [object]);
const { isPrototypeOf } = ObjectPrototype;
const NativeWeakMap = WeakMap;
const NativeProxy = Proxy;
const NativeTypeError = TypeError;
const NativeReferenceError = ReferenceError;
const NativeSymbol = Symbol;
const { captureStackTrace } = Error;
const weakGet = FunctionPrototype.call.bind(WeakMap.prototype.get);
const weakSet = FunctionPrototype.call.bind(WeakMap.prototype.set);
const weakHas = FunctionPrototype.call.bind(WeakMap.prototype.has);

const NO_SUPER =
  "Must call super constructor in derived class before accessing 'this' or returning from derived constructor";

/** Private name -> object -> {get, set}. */
const privates = new NativeWeakMap();
const privateCells = create(null);

/** A private name: a symbol whose accessor knows what each object has under it. */
function makePrivate(name) {
  const key = NativeSymbol(name);
  const cells = new NativeWeakMap();
  privateCells[key] = cells;
  const cellOf = (object, action) => {
    const cell = weakGet(cells, object);
    if (cell) return cell;
    throw new NativeTypeError(`Cannot ${action} private member ${name} of an object whose class did not declare it`);
  };
  define(ObjectPrototype, key, {
    get() {
      const { get } = cellOf(this, 'read');
      if (!get) throw new NativeTypeError(`'${name}' was defined without a getter`);
      return apply(get, this, []);
    },
    set(value) {
      const { set } = cellOf(this, 'write');
      if (!set) throw new NativeTypeError(`'${name}' cannot be written`);
      apply(set, this, [value]);
    },
    configurable: true,
  });
  return key;
}

function hasPrivate(key, object) {
  if (isObject(object)) return weakHas(privateCells[key], object);
  throw new NativeTypeError("Cannot use 'in' operator to search for a private name in what is no object");
}

function addPrivate(key, object, cell) {
  const cells = privateCells[key];
  weakSet(cells, object, { __proto__: null, ...weakGet(cells, object), ...cell });
}

function define(object, key, descriptor) {
  if (!defineProperty(object, key, { __proto__: null, ...descriptor })) {
    throw new NativeTypeError(`Cannot redefine property: ${typeof key === 'symbol' ? 'a symbol' : key}`);
  }
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The class of the name whose members `describe` hands to a `ClassState`. */
function makeClass(name, ...rest) {
  const describe = rest[rest.length - 1];
  const state = new ClassState(name, rest.length > 1, rest[0]);
  describe(state);
  return state.make();
}

class ClassState {
  constructor(name, derived, Parent) {
    this.name = name;
    this.derived = derived;
    this.parent = FunctionPrototype;
    this.proto = ObjectPrototype;
    if (derived) this.#inherit(Parent);
    this.prototype = create(this.proto);
    define(this.prototype, 'constructor', { value: undefined, writable: true, configurable: true });
    this.members = [];
    this.statics = [];
    this.privateMethods = [];
    this.fields = [];
    this.onMade = undefined;
    this.Class = undefined;
  }

  #inherit(Parent) {
    if (Parent === null) {
      this.proto = null;
      return;
    }
    if (!isConstructor(Parent)) {
      throw new NativeTypeError(`Class extends value ${shown(Parent)} is not a constructor or null`);
    }
    const { prototype } = Parent;
    if (!isObject(prototype) && prototype !== null) {
      throw new NativeTypeError(`Class extends value does not have valid prototype property ${shown(prototype)}`);
    }
    this.parent = Parent;
    this.proto = prototype;
  }

  // -- what the members are handed to ------------------------------------------------------

  self(onMade) {
    this.onMade = onMade;
  }

  maker(Class) {
    this.Class = Class;
  }

  method(literal) {
    addMembers(this.prototype, literal);
  }

  staticMethod(literal) {
    this.members[this.members.length] = literal;
  }

  privateMethod(key, literal) {
    this.privateMethods[this.privateMethods.length] = { key, cell: cellOfMember(literal) };
  }

  staticPrivateMethod(key, literal) {
    const cell = cellOfMember(literal);
    this.members[this.members.length] = () => addPrivate(key, this.Class, cell);
  }

  field(literal) {
    const key = ownKeys(literal)[0];
    this.fields[this.fields.length] = (object) => addField(object, key, apply(literal[key], object, []));
  }

  staticField(literal) {
    const key = ownKeys(literal)[0];
    this.statics[this.statics.length] = (object) => addField(object, key, apply(literal[key], object, []));
  }

  privateField(key, literal) {
    this.fields[this.fields.length] = (object) => addPrivateField(object, key, literal);
  }

  staticPrivateField(key, literal) {
    this.statics[this.statics.length] = (object) => addPrivateField(object, key, literal);
  }

  block({ block }) {
    this.statics[this.statics.length] = (object) => apply(block, object, []);
  }

  make() {
    const Class = (this.Class ??= this.#defaultConstructor());
    if (getOwnPropertyDescriptor(Class, 'name')?.value !== this.name) {
      define(Class, 'name', { value: this.name, configurable: true });
    }
    define(this.prototype, 'constructor', { value: Class });
    define(Class, 'prototype', { value: this.prototype, writable: false });
    if (this.parent !== FunctionPrototype) setPrototypeOf(Class, this.parent);
    for (let i = 0; i < this.members.length; i += 1) {
      const member = this.members[i];
      if (typeof member === 'function') member();
      else addMembers(Class, member);
    }
    this.onMade?.(Class);
    for (let i = 0; i < this.statics.length; i += 1) this.statics[i](Class);
    return Class;
  }

  #defaultConstructor() {
    const state = this;
    if (!this.derived) {
      return function () {
        state.enter(this);
      };
    }
    return function (...values) {
      state.check(this);
      return state.construct(undefined, this, values, new.target);
    };
  }

  // -- what a constructor calls ------------------------------------------------------------

  check(object) {
    if (isObject(object) && hasInstance(this.Class, object)) return;
    const error = new NativeTypeError('Cannot call a class as a function');
    captureStackTrace(error, this.Class);
    throw error;
  }

  enter(object) {
    this.check(object);
    this.#fill(object);
  }

  /** `super(…)`: the object that the superclass makes, with this class's fields. */
  construct(before, object, values, target = getPrototypeOf(object).constructor) {
    const Parent = getPrototypeOf(this.Class);
    if (!isConstructor(Parent)) {
      throw new NativeTypeError(`Super constructor ${shown(Parent)} of anonymous class is not a constructor`);
    }
    const made = construct(Parent, values, target);
    if (before) throw new NativeReferenceError('Super constructor may only be called once');
    this.#fill(made);
    return made;
  }

  leave(object) {
    if (object) return object;
    throw new NativeReferenceError(NO_SUPER);
  }

  /** What `return value` gives in the constructor of a derived class. */
  result(value, object) {
    if (isObject(value)) return value;
    if (value === undefined) return this.leave(object());
    throw new NativeTypeError('Derived constructors may only return object or undefined');
  }

  /** `super` as a value: called, it is `make`; its properties are the superclass's, for this object. */
  view(make, object) {
    const proto = this.proto;
    return new NativeProxy(make ?? function () {}, {
      __proto__: null,
      get(target, key) {
        const value = reflectGet(proto, key, object());
        if (typeof value !== 'function') return value;
        return (...values) => apply(value, object(), values);
      },
      set: (target, key, value) => reflectSet(proto, key, value, object()),
    });
  }

  #fill(object) {
    for (let i = 0; i < this.privateMethods.length; i += 1) {
      const { key, cell } = this.privateMethods[i];
      addPrivate(key, object, cell);
    }
    for (let i = 0; i < this.fields.length; i += 1) this.fields[i](object);
  }
}

function addMembers(target, literal) {
  const keys = ownKeys(literal);
  for (let i = 0; i < keys.length; i += 1) {
    const { value, get, set } = getOwnPropertyDescriptor(literal, keys[i]);
    const accessor = { ...(get && { get }), ...(set && { set }) };
    const content = value === undefined ? accessor : { value, writable: true };
    define(target, keys[i], { ...content, enumerable: false, configurable: true });
  }
}

function addField(object, key, value) {
  define(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function addPrivateField(object, key, literal) {
  let value = apply(literal[ownKeys(literal)[0]], object, []);
  if (weakHas(privateCells[key], object)) {
    throw new NativeTypeError('Cannot initialize a private field twice on the same object');
  }
  const set = (next) => {
    value = next;
  };
  addPrivate(key, object, { get: () => value, set });
}

function cellOfMember(literal) {
  const { value, get, set } = getOwnPropertyDescriptor(literal, ownKeys(literal)[0]);
  return value === undefined ? { ...(get && { get }), ...(set && { set }) } : { get: () => value };
}

function isConstructor(value) {
  if (typeof value !== 'function') return false;
  try {
    construct(Object, [], value);
    return true;
  } catch {
    return false;
  }
}

function shown(value) {
  if (typeof value === 'function') return value.name || 'a function';
  return isObject(value) ? '#<Object>' : typeof value === 'symbol' ? 'a symbol' : `${value}`;
}

makeClass.makePrivate = makePrivate;
makeClass.hasPrivate = hasPrivate;
