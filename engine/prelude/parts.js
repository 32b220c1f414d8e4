// Parts of the prelude that most runs never need: each comes from the worker when it is first used, since
// reading all of them would cost every sandbox more than all else that is done in it.
// A script's own name has no slash in it.
const PRELUDE_NAME = 'prelude/hooksmith.js';
const parts = { __proto__: null };

function part(name) {
  parts[name] ??= more(name)(base(), part);
  return parts[name];
}

/** The value of an expression that the worker knows by this name; a library may ask for `more`. */
function more(name) {
  return NativeFunction('more', `return (${librarySource(name)}\n)\n//# sourceURL=${PRELUDE_NAME}`)(more);
}

function failureJson(thrown) {
  return part('failures').failureJson(thrown);
}

function resetStore() {
  if (parts.store !== undefined) parts.store.resetStore();
}

/** JSON of {store, storeProblem}: what is to be kept, null when nothing was touched. */
function storeJson() {
  return parts.store === undefined ? '"store":null' : parts.store.storeJson();
}

/** What the parts are made with. */
function base() {
  return {
    __proto__: null,
    ArrayIsArray,
    BooleanPrototypeValueOf,
    DatePrototypeGetTime,
    DatePrototypeToISOString,
    EncodeURIComponent,
    ErrorPrototypeToString,
    FunctionPrototypeToString,
    IsView,
    JSONParse,
    MapForEach,
    MapGet,
    MapSet,
    MapSize,
    MathMax,
    NativeError,
    NativeMap,
    NativePromise,
    NativeTypeError,
    NativeUint8Array,
    NumberIsFinite,
    NumberPrototypeValueOf,
    ObjectDefineProperty,
    ObjectKeys,
    ObjectPrototypeToString,
    PRELUDE_NAME,
    ReflectApply,
    ReflectGetOwnPropertyDescriptor,
    ReflectGetPrototypeOf,
    RegExpPrototypeToString,
    ResultProblem,
    SetAdd,
    SetDelete,
    SetForEach,
    SetHas,
    SetSize,
    StringPrototypeCharCodeAt,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeToLowerCase,
    StringPrototypeToUpperCase,
    StringPrototypeValueOf,
    SymbolIterator,
    askAndWait,
    askLater,
    clip,
    inspect,
    inspectValue,
    membersToJson,
    quote,
    toJson,
    wellFormed,
  };
}
