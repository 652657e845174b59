// The engine's own functions, kept before any script of the world can replace them.
// Every part of the host below uses these names and never a property of a shared prototype.
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const {
  create, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf, keys: ownStringKeys, is: sameValue,
} = Object;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const hasOwn = uncurry(objectPrototype.hasOwnProperty);
const { isArray } = Array;
const { apply } = Reflect;
const { stringify: toJson, parse: fromJson } = JSON;
const callFunction = uncurry(Function.prototype.call);
const globals = globalThis;

const { Map, Set, WeakMap, WeakSet, WeakRef, Promise, Symbol, Date, RegExp, Proxy, BigInt, Number, String, Boolean } = globals;
const { ArrayBuffer, DataView, Uint8Array, FinalizationRegistry, DOMException } = globals;
const { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } = globals;

const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapDelete = uncurry(Map.prototype.delete);
const mapForEach = uncurry(Map.prototype.forEach);
const mapSize = getter(Map.prototype, 'size');
const setAdd = uncurry(Set.prototype.add);
const setForEach = uncurry(Set.prototype.forEach);
const setSize = getter(Set.prototype, 'size');
const weakGet = uncurry(WeakMap.prototype.get);
const weakSet = uncurry(WeakMap.prototype.set);
const weakHas = uncurry(WeakMap.prototype.has);
const weakSetAdd = uncurry(WeakSet.prototype.add);
const weakSetHas = uncurry(WeakSet.prototype.has);
const weakRefDeref = uncurry(WeakRef.prototype.deref);
const dateValue = uncurry(Date.prototype.getTime);
const dateText = uncurry(Date.prototype.toISOString);
const regexpSource = getter(RegExp.prototype, 'source');
const regexpExec = uncurry(RegExp.prototype.exec);
const regexpFlags = getter(RegExp.prototype, 'flags');
const numberValue = uncurry(Number.prototype.valueOf);
const stringValue = uncurry(String.prototype.valueOf);
const booleanValue = uncurry(Boolean.prototype.valueOf);
const bigintValue = uncurry(BigInt.prototype.valueOf);
const symbolValue = uncurry(Symbol.prototype.valueOf);
const symbolText = uncurry(Symbol.prototype.toString);
const isDetached = getter(ArrayBuffer.prototype, 'detached');
const bufferLength = getter(ArrayBuffer.prototype, 'byteLength');
const viewBuffer = getter(DataView.prototype, 'buffer');
const viewOffset = getter(DataView.prototype, 'byteOffset');
const viewLength = getter(DataView.prototype, 'byteLength');
const typedPrototype = getPrototypeOf(Uint8Array.prototype);
const typedName = getter(typedPrototype, Symbol.toStringTag);
const typedBuffer = getter(typedPrototype, 'buffer');
const typedOffset = getter(typedPrototype, 'byteOffset');
// Throws for a view whose buffer has gone or shrunk below it.
const typedKeys = uncurry(typedPrototype.keys);
const typedLength = getter(typedPrototype, 'length');
const promiseThen = uncurry(Promise.prototype.then);
const registryRegister = uncurry(FinalizationRegistry.prototype.register);
const charCodeAt = uncurry(String.prototype.charCodeAt);
const substring = uncurry(String.prototype.substring);
const indexOfText = uncurry(String.prototype.indexOf);
const splitText = uncurry(String.prototype.split);
const arraySlice = uncurry(arrayPrototype.slice);
const isFiniteNumber = Number.isFinite;

// Constructors of the typed arrays by name, for reading a message back.
const typedConstructors = create(null);
for (const name of ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
  'BigInt64Array', 'BigUint64Array', 'Float16Array', 'Float32Array', 'Float64Array']) {
  if (globals[name]) typedConstructors[name] = globals[name];
}
const errorConstructors = create(null);
for (const constructor of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
  errorConstructors[constructor.name] = constructor;
}

// An array without a prototype: no script can put a setter or a toJSON in its way.
const list = () => setPrototypeOf([], null);
const append = (array, item) => { array[array.length] = item; };
// An own data property, whatever setters the prototypes have.
const put = (object, key, value) => {
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
};
const hidden = (object, key, value) => {
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
};
// Run a brand check: a captured accessor that throws unless its receiver is of the kind.
const passes = (check, value) => {
  try {
    check(value);
    return true;
  } catch {
    return false;
  }
};
// Objects that the host itself made, by the name of their interface: none of them can be sent.
const platformObjects = new WeakMap();
const platform = (object, name) => {
  weakSet(platformObjects, object, name);
  return object;
};
