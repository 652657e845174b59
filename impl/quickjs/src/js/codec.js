// Messages as text: an iterative structured clone, so that neither cycles nor depth can exhaust a stack.
//
// The text is JSON. A lone string, boolean, null or ordinary number stands for itself; anything else is a table
// of nodes, the message first. Inside a node an array is never data: [7] refers to node 7, ["n", ..] and others
// are the values that JSON lacks.
const MAX_DEPTH = 10000;

// What the router would refuse for its size is not written down first: a small object can stand for an endless
// text. Counted is no more than the text will have, so that the router has the last word about the rest.
const tooLarge = { __proto__: null };
function tally() {
  let left = info.messageBytes;
  return bytes => {
    left -= bytes;
    if (left < 0) throw tooLarge;
  };
}
// A refusal to write a message down, as its sender is told of it.
function refusal(error, otherwise) {
  return error === tooLarge ? failure('Error', texts.too_large) : otherwise(error);
}

function cloneError(text) {
  return withoutHostFrames(new DOMException(text, 'DataCloneError'));
}
function refuseClone(name) {
  return cloneError(fill(texts.not_cloneable, name));
}
// A text of two lines: the error's name and what it says.
function namedRefusal(lines) {
  const at = indexOfText(lines, '\n');
  return withoutHostFrames(new DOMException(substring(lines, at + 1), substring(lines, 0, at)));
}
// What the page's realm refuses with is no error of this realm.
const foreignErrors = new WeakSet();
const foreignPrototype = { __proto__: null, toString() { return `${this.name}: ${this.message}`; } };
function refusePlatform(interfaceName) {
  const name = interfaceName === 'Window' ? shapes.window : interfaceName;
  if (!shapes.foreign_refusals || !info.world || name === 'Object') return refuseClone(name);
  const error = create(foreignPrototype);
  hidden(error, 'name', 'DataCloneError');
  hidden(error, 'message', fill(texts.not_cloneable, name));
  hidden(error, 'code', 25);
  hidden(error, 'stack', withoutHostFrames(new Error('')).stack);
  weakSetAdd(foreignErrors, error);
  return error;
}
// What blobs hold: their text and type.
const blobs = new WeakMap();

// The kind of an object by its brand, not by anything a script can rename.
function brandOf(object) {
  const name = native.brand(object);
  if (name !== '') return name;
  const prototype = getPrototypeOf(object);
  if (prototype === objectPrototype || prototype === null || isArray(object)) return isArray(object) ? 'Array' : 'Object';
  if (weakHas(blobs, object)) return 'Blob';
  if (passes(mapSize, object)) return 'Map';
  if (passes(setSize, object)) return 'Set';
  if (passes(dateValue, object)) return 'Date';
  if (passes(regexpSource, object) && object !== RegExp.prototype) return 'RegExp';
  if (typedName(object) !== undefined) return 'TypedArray';
  if (passes(viewBuffer, object)) return 'DataView';
  if (passes(bufferLength, object)) return 'ArrayBuffer';
  if (passes(numberValue, object)) return 'Number';
  if (passes(stringValue, object)) return 'String';
  if (passes(booleanValue, object)) return 'Boolean';
  if (passes(bigintValue, object)) return 'BigInt';
  if (passes(symbolValue, object)) return 'Symbol';
  if (passes(o => weakHas(o, o), object)) return 'WeakMap';
  if (passes(o => weakSetHas(o, o), object)) return 'WeakSet';
  if (passes(weakRefDeref, object)) return 'WeakRef';
  return 'Object';
}

const HEX = '0123456789abcdef';
const hexOfByte = list();
for (let i = 0; i < 256; i++) hexOfByte[i] = HEX[i >> 4] + HEX[i & 15];
function bytesToHex(bytes) {
  let text = '';
  const length = typedLength(bytes);
  for (let i = 0; i < length; i++) text += hexOfByte[bytes[i]];
  return text;
}
function hexToBytes(text) {
  const bytes = new Uint8Array(text.length >> 1);
  const digit = code => (code < 58 ? code - 48 : code - 87);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = digit(charCodeAt(text, 2 * i)) * 16 + digit(charCodeAt(text, 2 * i + 1));
  }
  return bytes;
}

function special(...parts) {
  return setPrototypeOf(parts, null);
}
// Numbers that JSON can write down, and the text of those that it cannot.
const ordinary = number => isFiniteNumber(number) && !sameValue(number, -0);
const numberText = number => (sameValue(number, -0) ? '-0' : String(number));

function encodePrimitive(value, inner = true) {
  switch (typeof value) {
    case 'string': case 'boolean': return value;
    case 'number': return ordinary(value) ? value : special('n', numberText(value));
    case 'undefined': return special('u');
    case 'bigint': return special('i', String(value));
    case 'symbol': throw namedRefusal(inner ? texts.inner_symbol_not_cloneable : texts.symbol_not_cloneable);
    case 'function': throw refuseClone('Function');
    default: return null;
  }
}

function encodeClone(root) {
  try {
    return encodeTable(root);
  } catch (error) {
    throw refusal(error, it => it);
  }
}
function encodeTable(root) {
  const count = tally();
  const primitive = (value, inner) => {
    count(typeof value === 'string' ? value.length + 2 : 1);
    return encodePrimitive(value, inner);
  };
  if (typeof root !== 'object' || root === null) {
    const value = primitive(root, false);
    return toJson(typeof value === 'object' && value !== null ? special(value) : value);
  }
  const nodes = list();
  const seen = new Map();
  const stack = list();
  // Gives an object its place in the table and, if it has content, puts it on the stack to be filled.
  const visit = object => {
    const known = mapGet(seen, object);
    if (known !== undefined) return special(known);
    const place = nodes.length;
    mapSet(seen, object, place);
    const node = list();
    append(nodes, node);
    count(5);
    const pairs = open(object, node, visit, count);
    if (pairs !== null) {
      if (stack.length >= MAX_DEPTH) throw cloneError(fill(texts.too_deep, MAX_DEPTH));
      append(stack, { __proto__: null, object, node, pairs, next: 0 });
    }
    return special(place);
  };
  const one = value => (typeof value === 'object' && value !== null ? visit(value) : primitive(value));
  visit(root);
  while (stack.length > 0) {
    const frame = stack[stack.length - 1];
    const { object, node, pairs } = frame;
    if (frame.next >= pairs.length) {
      stack.length -= 1;
      continue;
    }
    const item = pairs[frame.next++];
    if (node[0] === 'm' || node[0] === 's') append(node, one(item));
    // A getter may have deleted a later property: then there is nothing to send for it.
    else if (hasOwn(object, item)) {
      if (node[0] !== 'l') {
        count(item.length + 2);
        append(node, item);
      }
      append(node, one(object[item]));
    } else if (node[0] === 'l') append(node, special('u'));
  }
  return toJson(nodes);
}

// Begins a node; returns what is still to be visited (property keys, or the items of a Map or Set) or null.
function open(object, node, visit, count) {
  const platformName = weakGet(platformObjects, object);
  if (platformName !== undefined) throw refusePlatform(platformName);
  const brand = brandOf(object);
  const start = (...parts) => { for (let i = 0; i < parts.length; i++) append(node, parts[i]); };
  switch (brand) {
    case 'Object': start('o'); return setPrototypeOf(ownStringKeys(object), null);
    case 'Array': {
      const names = setPrototypeOf(ownStringKeys(object), null);
      const last = names.length - 1;
      // Index names come first and in order: if the last is the last index, there are no others.
      const dense = names.length === object.length && (last < 0 || names[last] === String(last));
      if (dense) start('l'); else start('a', object.length);
      return names;
    }
    case 'Map': {
      const items = list();
      mapForEach(object, (value, key) => { append(items, key); append(items, value); });
      start('m');
      return items;
    }
    case 'Set': {
      const items = list();
      setForEach(object, value => append(items, value));
      start('s');
      return items;
    }
    case 'Date': { const time = dateValue(object); start('d', isFiniteNumber(time) ? time : null); return null; }
    case 'RegExp': start('r', regexpSource(object), regexpFlags(object)); return null;
    case 'Error': {
      const name = String(object.name);
      const message = getOwnPropertyDescriptor(object, 'message');
      start('e', errorConstructors[name] ? name : 'Error', message && 'value' in message ? String(message.value) : null);
      return null;
    }
    case 'ArrayBuffer':
      if (isDetached(object)) throw refuseClone(brand);
      count(2 * bufferLength(object));
      start('b', bytesToHex(new Uint8Array(object)));
      return null;
    case 'TypedArray':
      if (!passes(typedKeys, object)) throw refuseClone(typedName(object));
      start('t', typedName(object), visit(typedBuffer(object)), typedOffset(object), typedLength(object));
      return null;
    case 'DataView':
      if (!passes(viewLength, object)) throw refuseClone(brand);
      start('t', 'DataView', visit(viewBuffer(object)), viewOffset(object), viewLength(object));
      return null;
    case 'Blob': {
      const { text, type } = weakGet(blobs, object);
      count(text.length);
      start('f', text, type);
      return null;
    }
    case 'Number': start('x', encodePrimitive(numberValue(object))); return null;
    case 'String': start('x', stringValue(object)); return null;
    case 'Boolean': start('x', booleanValue(object)); return null;
    case 'BigInt': start('x', encodePrimitive(bigintValue(object))); return null;
    default: throw refuseClone(brand);
  }
}

function decodeClone(text) {
  const nodes = fromJson(text);
  if (!isArray(nodes)) return nodes;
  const made = list();
  const value = item => {
    if (!isArray(item)) return item;
    if (typeof item[0] === 'number') return made[item[0]];
    switch (item[0]) {
      case 'n': return Number(item[1]);
      case 'i': return BigInt(item[1]);
      default: return undefined;
    }
  };
  const first = nodes[0][0];
  if (first === 'n' || first === 'i' || first === 'u') return value(nodes[0]);
  // First every object, empty, so that a reference can point anywhere; then their contents. A view is made
  // last of all objects, because it needs its buffer.
  for (let i = 0; i < nodes.length; i++) made[i] = shell(nodes[i], value);
  for (let i = 0; i < nodes.length; i++) {
    if (nodes[i][0] === 't') made[i] = view(nodes[i], value(nodes[i][2]));
  }
  for (let i = 0; i < nodes.length; i++) fillShell(made[i], nodes[i], value);
  return made[0];
}

function shell(node, value) {
  switch (node[0]) {
    case 'l': return [];
    case 'a': { const array = []; array.length = node[1]; return array; }
    case 'm': return new Map();
    case 's': return new Set();
    case 'd': return new Date(node[1] === null ? NaN : node[1]);
    case 'r': return new RegExp(node[1], node[2]);
    case 'e': {
      const error = node[2] === null ? new errorConstructors[node[1]]() : new errorConstructors[node[1]](node[2]);
      hidden(error, 'stack', '');
      return error;
    }
    case 'b': return typedBuffer(hexToBytes(node[1]));
    case 'x': return Object(value(node[1]));
    case 'f': return new Blob([node[1]], { type: node[2] });
    default: return {};
  }
}
function view(node, buffer) {
  if (node[1] === 'DataView') return new DataView(buffer, node[3], node[4]);
  return new typedConstructors[node[1]](buffer, node[3], node[4]);
}
function fillShell(object, node, value) {
  switch (node[0]) {
    case 'o': for (let i = 1; i < node.length; i += 2) put(object, node[i], value(node[i + 1])); break;
    case 'a': for (let i = 2; i < node.length; i += 2) put(object, node[i], value(node[i + 1])); break;
    case 'l': for (let i = 1; i < node.length; i++) put(object, i - 1, value(node[i])); break;
    case 'm': for (let i = 1; i < node.length; i += 2) mapSet(object, value(node[i]), value(node[i + 1])); break;
    case 's': for (let i = 1; i < node.length; i++) setAdd(object, value(node[i])); break;
    default:
  }
}

// Profiles that send JSON: what JSON.stringify leaves out is left out, and what it refuses is refused.
function encodeJson(root) {
  let text;
  try {
    if (typeof root === 'function' || typeof root === 'symbol') throw new TypeError();
    const count = tally();
    // It sees every value once and changes none. That it is called also lets the engine stop an endless one.
    text = toJson(root, (key, value) => {
      count(typeof value === 'string' ? value.length + 2 : 1);
      return value;
    });
  } catch (error) {
    throw refusal(error, () => new Error(texts.not_serialisable));
  }
  return text === undefined ? 'null' : text;
}

// Where JSON is what messages usually are, nothing is said of what is wrong with one.
function encodeCloneTersely(root) {
  try {
    return encodeTable(root);
  } catch (error) {
    throw refusal(error, () => new Error(texts.not_serialisable));
  }
}

const codecs = {
  __proto__: null,
  structured_clone: { __proto__: null, encode: profile.one_refusal ? encodeCloneTersely : encodeClone, decode: decodeClone },
  json: { __proto__: null, encode: encodeJson, decode: fromJson },
};
const { encode, decode } = codecs[info.codec];
