// Any value as plain JSON for logs: never runs a getter, never follows a cycle, never grows without bound.
const DESCRIBE_DEPTH = 6;
const DESCRIBE_ITEMS = 100;
const DESCRIBE_TEXT = 10000;

function marker(key, value) {
  const object = create(null);
  object[key] = value;
  return object;
}
function cut(text) {
  return text.length > DESCRIBE_TEXT ? substring(text, 0, DESCRIBE_TEXT) + '…' : text;
}
function describe(value, depth, path) {
  switch (typeof value) {
    case 'string': return cut(value);
    case 'boolean': return value;
    case 'number': return ordinary(value) ? value : marker('$number', numberText(value));
    case 'undefined': return marker('$undefined', true);
    case 'bigint': return marker('$bigint', cut(String(value)));
    case 'symbol': return marker('$symbol', cut(symbolText(value)));
    case 'function': {
      const name = getOwnPropertyDescriptor(value, 'name');
      return marker('$function', name && typeof name.value === 'string' ? cut(name.value) : '');
    }
    default: return value === null ? null : describeObject(value, depth, path);
  }
}
function describeObject(object, depth, path) {
  for (let i = 0; i < path.length; i++) if (path[i] === object) return marker('$cycle', path.length - i);
  if (depth >= DESCRIBE_DEPTH) return marker('$deep', true);
  const port = weakGet(portNames, object);
  if (port !== undefined) return marker('$Port', cut(port));
  const platformName = weakGet(platformObjects, object);
  if (platformName !== undefined) return marker(`$${platformName}`, true);
  const brand = brandOf(object);
  append(path, object);
  try {
    return describeBranded(object, brand, inner => describe(inner, depth + 1, path));
  } finally {
    path.length -= 1;
  }
}
// The value of an own data property; an accessor is only named.
function ownValue(object, key, next) {
  const property = getOwnPropertyDescriptor(object, key);
  if (property === undefined) return marker('$undefined', true);
  return 'value' in property ? next(property.value) : marker('$getter', true);
}
function describeBranded(object, brand, next) {
  const items = list();
  switch (brand) {
    case 'Proxy': return marker('$Proxy', true);
    case 'Promise': return marker('$Promise', true);
    case 'Map': mapForEach(object, (v, k) => {
      if (items.length < DESCRIBE_ITEMS) append(items, special(next(k), next(v)));
    }); return marker('$Map', items);
    case 'Set': setForEach(object, v => {
      if (items.length < DESCRIBE_ITEMS) append(items, next(v));
    }); return marker('$Set', items);
    case 'Date': return marker('$Date', isFiniteNumber(dateValue(object)) ? dateText(object) : 'Invalid Date');
    case 'RegExp': return marker('$RegExp', `/${regexpSource(object)}/${regexpFlags(object)}`);
    case 'Error': {
      const error = errorFacts(object);
      return marker('$Error', { __proto__: null, name: cut(error.name), message: cut(error.message), stack: error.stack });
    }
    case 'Blob': return marker('$Blob', weakGet(blobs, object).text.length);
    case 'ArrayBuffer': return marker('$ArrayBuffer', bufferLength(object));
    case 'TypedArray': {
      for (let i = 0; i < typedLength(object) && i < DESCRIBE_ITEMS; i++) append(items, next(object[i]));
      return marker(`$${typedName(object)}`, items);
    }
    case 'Number': return marker('$Number', next(numberValue(object)));
    case 'String': return marker('$String', stringValue(object));
    case 'Boolean': return marker('$Boolean', booleanValue(object));
    case 'Array': {
      const length = object.length;
      for (let i = 0; i < length && i < DESCRIBE_ITEMS; i++) {
        append(items, hasOwn(object, i) ? ownValue(object, String(i), next) : marker('$hole', true));
      }
      if (length > DESCRIBE_ITEMS) append(items, marker('$more', length - DESCRIBE_ITEMS));
      return items;
    }
    case 'Object': {
      const names = ownStringKeys(object);
      const out = create(null);
      for (let i = 0; i < names.length && i < DESCRIBE_ITEMS; i++) put(out, cut(names[i]), ownValue(object, names[i], next));
      if (names.length > DESCRIBE_ITEMS) out.$more = names.length - DESCRIBE_ITEMS;
      return out;
    }
    default: return marker(`$${brand}`, true);
  }
}
function describeAll(values) {
  const out = list();
  for (let i = 0; i < values.length && i < DESCRIBE_ITEMS; i++) {
    let described;
    try {
      described = describe(values[i], 0, list());
    } catch {
      described = marker('$unreadable', true);
    }
    append(out, described);
  }
  return out;
}

// What can be said of a thrown value, whatever it is and however it resists.
function errorFacts(thrown) {
  const facts = { __proto__: null, name: '', message: '', stack: '' };
  const read = (key, otherwise) => {
    try {
      const value = thrown[key];
      return typeof value === 'string' ? value : otherwise;
    } catch {
      return otherwise;
    }
  };
  if (typeof thrown === 'object' && thrown !== null) {
    if (native.brand(thrown) === 'Error' || isDomException(thrown) || weakSetHas(foreignErrors, thrown)) {
      facts.name = read('name', 'Error');
      facts.message = read('message', '');
      facts.stack = read('stack', '');
      return facts;
    }
  }
  try {
    if (typeof thrown === 'symbol') facts.message = symbolText(thrown);
    else if (typeof thrown === 'object') facts.message = toJson(describe(thrown, 0, list()));
    else facts.message = String(thrown);
  } catch {
    facts.message = 'a value that cannot be shown';
  }
  return facts;
}
const domExceptionName = getter(DOMException.prototype, 'name');
const isDomException = object => passes(domExceptionName, object);
