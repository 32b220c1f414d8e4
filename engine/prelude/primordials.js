// Built-ins as they are before the first script byte: whatever a script redefines later, the
// prelude goes on working. Methods are uncurried, so that no lookup on a prototype remains.
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const {
  apply: ReflectApply,
  construct: ReflectConstruct,
  ownKeys: ReflectOwnKeys,
  getPrototypeOf: ReflectGetPrototypeOf,
  getOwnPropertyDescriptor: ReflectGetOwnPropertyDescriptor,
} = Reflect;
const {
  keys: ObjectKeys,
  defineProperty: ObjectDefineProperty,
  setPrototypeOf: ObjectSetPrototypeOf,
  freeze: ObjectFreeze,
} = Object;
const ObjectPrototypeToString = uncurry(Object.prototype.toString);
const FunctionPrototypeToString = uncurry(Function.prototype.toString);
const ArrayIsArray = Array.isArray;
const { parse: JSONParse, stringify: JSONStringify } = JSON;
const { isInteger: NumberIsInteger, isFinite: NumberIsFinite } = Number;
const { floor: MathFloor, min: MathMin, max: MathMax } = Math;
const NativeDate = Date;
const DateNow = Date.now;
const DatePrototypeToString = uncurry(Date.prototype.toString);
const DatePrototypeGetTime = uncurry(Date.prototype.getTime);
const DatePrototypeToISOString = uncurry(Date.prototype.toISOString);
const RegExpPrototypeToString = uncurry(RegExp.prototype.toString);
const StringFromCharCode = String.fromCharCode;
const StringPrototypeToWellFormed = uncurry(String.prototype.toWellFormed);
const StringPrototypeSlice = uncurry(String.prototype.slice);
const StringPrototypeIncludes = uncurry(String.prototype.includes);
const StringPrototypeIndexOf = uncurry(String.prototype.indexOf);
const StringPrototypeCharCodeAt = uncurry(String.prototype.charCodeAt);
const StringPrototypeToUpperCase = uncurry(String.prototype.toUpperCase);
const StringPrototypeToLowerCase = uncurry(String.prototype.toLowerCase);
const StringPrototypeValueOf = uncurry(String.prototype.valueOf);
const NumberPrototypeValueOf = uncurry(Number.prototype.valueOf);
const BooleanPrototypeValueOf = uncurry(Boolean.prototype.valueOf);
const SymbolPrototypeToString = uncurry(Symbol.prototype.toString);
const BigIntPrototypeToString = uncurry(BigInt.prototype.toString);
const SetHas = uncurry(Set.prototype.has);
const SetAdd = uncurry(Set.prototype.add);
const SetDelete = uncurry(Set.prototype.delete);
const SetForEach = uncurry(Set.prototype.forEach);
const SetSize = uncurry(ReflectGetOwnPropertyDescriptor(Set.prototype, 'size').get);
const MapGet = uncurry(Map.prototype.get);
const MapSet = uncurry(Map.prototype.set);
const MapDelete = uncurry(Map.prototype.delete);
const MapClear = uncurry(Map.prototype.clear);
const MapForEach = uncurry(Map.prototype.forEach);
const MapSize = uncurry(ReflectGetOwnPropertyDescriptor(Map.prototype, 'size').get);
const NativeSet = Set;
const NativeMap = Map;
const NativePromise = Promise;
const NativeError = Error;
const NativeTypeError = TypeError;
const NativeUint8Array = Uint8Array;
const NativeUint16Array = Uint16Array;
const IsView = ArrayBuffer.isView;
const SymbolIterator = Symbol.iterator;
const EncodeURIComponent = encodeURIComponent;
const NativeFunction = Function;
const ErrorPrototype = Error.prototype;
const ErrorPrototypeToString = uncurry(Error.prototype.toString);

/** Text without lone surrogates, which no database and no JSON parser outside accepts. */
function wellFormed(text) {
  return StringPrototypeToWellFormed(text);
}

function quote(text) {
  return JSONStringify(wellFormed(text));
}
