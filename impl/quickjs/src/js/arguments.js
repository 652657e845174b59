// Checks arguments against `signatures`, in the order and with the words of the profile. Every member is read once;
// what comes out is a copy, or the value itself where anything may be passed.
const { wording } = profile;
const bySignature = wording.style === 'signature';

function kindOf(value) {
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  if (bySignature && (typeof value === 'symbol' || typeof value === 'bigint')) return 'other';
  if (typeof value !== 'number') return typeof value;
  const whole = bySignature ? (value | 0) === value : value % 1 === 0;
  return whole ? 'integer' : 'number';
}
function fits(type, value) {
  if (type.kind === 'any') return true;
  const kind = kindOf(value);
  return kind === type.kind || (kind === 'integer' && type.kind === 'number');
}
const absent = value => value === undefined || value === null;

// Gives each argument a parameter. A null or undefined argument may stand for an optional one.
function align(params, args, at, next, out) {
  if (at === params.length) return next === args.length;
  const { type, optional } = params[at];
  const skip = () => {
    out[at] = undefined;
    return align(params, args, at + 1, next, out);
  };
  if (!bySignature && optional && skip()) return true;
  if (next < args.length) {
    const value = args[next];
    const takes = fits(type, value);
    if (takes || (optional && absent(value))) {
      out[at] = takes ? value : undefined;
      const done = align(params, args, at + 1, next + 1, out);
      if (done || !bySignature) return done;
    }
  }
  return bySignature && optional && skip();
}

// `must` is what the value at `path` has to be or do, where that is said of values that may be several things.
const mismatch = (reason, path = '', must = '') => ({ __proto__: null, mismatch: reason, path, must });
const isMismatch = thrown => typeof thrown === 'object' && thrown !== null && hasOwn(thrown, 'mismatch');
function within(template, place, check) {
  try {
    return check();
  } catch (thrown) {
    if (!isMismatch(thrown)) throw thrown;
    throw mismatch(fill(template, place, thrown.mismatch));
  }
}
// In the style of schemas a place is a path, and the words stand around the whole of it.
function refuse(path, reason, must) {
  if (bySignature || path === '') throw mismatch(reason, path, must);
  throw mismatch(fill(wording.member, path, reason), path, must);
}
const must = (phrase, ...values) => (wording.either === null ? '' : fill(wording.either[phrase], ...values));
const below = (path, name) => (path === '' ? String(name) : `${path}.${name}`);

function found(value) {
  if (bySignature) return kindOf(value);
  return String(toJson(value));
}
function joined(items, mark) {
  let out = '';
  for (let i = 0; i < items.length; i++) out += (i === 0 ? '' : mark) + items[i];
  return out;
}
const withArticle = kind => `${indexOfText('aeiou', kind[0]) < 0 ? 'a' : 'an'} ${kind}`;
function checked(type, value, path) {
  if (type.either !== undefined) return checkedEither(type.either, value, path);
  if (!fits(type, value)) refuse(path, fill(wording.kind, type.kind, found(value)), must('kind', withArticle(type.kind)));
  if (type.choices !== undefined) {
    const quoted = list();
    for (let i = 0; i < type.choices.length; i++) {
      if (type.choices[i] === value) return value;
      append(quoted, toJson(type.choices[i]));
    }
    const reason = fill(wording.choice, bySignature ? joined(sorted(arraySlice(type.choices)), ', ') : toJson(value));
    refuse(path, reason, must('choice', joined(quoted, ', ')));
  }
  if (type.pattern !== undefined && regexpExec(type.pattern.regexp, value) === null) {
    const reason = must('pattern', type.pattern.text);
    refuse(path, reason, reason);
  }
  if (type.item !== undefined) {
    const items = list();
    for (let i = 0; i < value.length; i++) {
      const one = () => checked(type.item, value[i], below(path, i));
      append(items, bySignature ? within(wording.index, i, one) : one());
    }
    return items;
  }
  if (type.members !== undefined) return checkedMembers(type, value, path);
  return value;
}
// The first of several types that the value is of. If it is of none, each says what it asks for; if they all ask for the
// same, that alone is said.
function checkedEither(types, value, path) {
  const asked = list();
  let refusal;
  for (let i = 0; i < types.length; i++) {
    try {
      return checked(types[i], value, path);
    } catch (thrown) {
      if (!isMismatch(thrown)) throw thrown;
      refusal = thrown;
    }
    const inner = substring(refusal.path, path === '' ? 0 : path.length + 1);
    const one = inner === '' ? refusal.must : must('below', inner, refusal.must);
    let known = false;
    for (let at = 0; at < asked.length; at++) known ||= asked[at] === one;
    if (!known) append(asked, one);
  }
  if (asked.length === 1) throw refusal;
  asked[asked.length - 1] = `or ${asked[asked.length - 1]}`;
  const shown = typeof value === 'object' ? '' : ` ${toJson(value)}`;
  refuse(path, must('whole', shown, joined(asked, ', ')), must('nested', joined(asked, ', ')));
}

// The class of an object, as far as it is more than a plain one.
function classOf(object) {
  const platformName = weakGet(platformObjects, object);
  if (platformName !== undefined) return platformName;
  const brand = brandOf(object);
  if (brand === 'TypedArray') return typedName(object);
  if (brand !== 'Error') return brand;
  for (let at = getPrototypeOf(object); at !== null; at = getPrototypeOf(at)) {
    for (const name in errorConstructors) if (errorConstructors[name].prototype === at) return name;
  }
  return brand;
}
// What an object says by itself: the members that no function answers for.
function plainMembers(object) {
  const out = { __proto__: null };
  const names = setPrototypeOf(ownStringKeys(object), null);
  for (let i = 0; i < names.length; i++) {
    const property = getOwnPropertyDescriptor(object, names[i]);
    if (property !== undefined && hasOwn(property, 'value')) out[names[i]] = property.value;
  }
  return out;
}
function checkedMembers(type, object, path) {
  let value = object;
  if (wording.not_plain !== null) {
    const name = classOf(object);
    if (name !== 'Object') refuse(path, fill(wording.not_plain, name), must('not_plain'));
    value = plainMembers(object);
  }
  const names = ownStringKeys(type.members);
  const given = setPrototypeOf(ownStringKeys(value), null);
  const unknown = list();
  const out = { __proto__: null };
  const take = name => {
    const member = type.members[name];
    const inner = value[name];
    if (absent(inner)) {
      if (!member.optional) refuse(path, fill(wording.missing, name), must('missing', name));
      return;
    }
    const one = () => checked(member.type, inner, below(path, name));
    out[name] = bySignature ? within(wording.member, name, one) : one();
  };
  for (let i = 0; i < given.length; i++) {
    if (type.members[given[i]] === undefined) {
      if (bySignature) refuse(path, fill(wording.unexpected, given[i]));
      append(unknown, given[i]);
    } else if (bySignature) take(given[i]);
  }
  for (let i = 0; i < names.length; i++) {
    if (bySignature) {
      if (!type.members[names[i]].optional && !hasOwn(value, names[i])) refuse(path, fill(wording.missing, names[i]));
    } else take(names[i]);
  }
  if (unknown.length === 1) refuse(path, fill(wording.unexpected, unknown[0]), must('unexpected', unknown[0]));
  if (unknown.length > 1) {
    const all = joined(sorted(unknown), ', ');
    refuse(path, fill(wording.unexpected_many, all), must('unexpected_many', all));
  }
  return out;
}
// By code units, as scripts sort; there are few of them.
function sorted(items) {
  for (let i = 1; i < items.length; i++) {
    for (let at = i; at > 0 && items[at] < items[at - 1]; at--) {
      const item = items[at];
      items[at] = items[at - 1];
      items[at - 1] = item;
    }
  }
  return items;
}

function signature(name) {
  const params = signatures[name];
  let out = '';
  for (let i = 0; i < params.length; i++) {
    const { name: called, type, optional } = params[i];
    out += `${i === 0 ? '' : ', '}${optional ? 'optional ' : ''}${type.label} ${called}`;
  }
  return `${name}(${out})`;
}
// What a call with wrong arguments throws.
function badCall(name, reason) {
  if (bySignature) return failure('TypeError', fill(wording.whole, signature(name), reason));
  return failure('Error', fill(wording.whole, reason, name));
}
function parseArguments(name, args) {
  const params = signatures[name];
  const out = list();
  if (!align(params, args, 0, 0, out)) throw badCall(name, wording.mismatch);
  for (let i = 0; i < params.length; i++) {
    const { name: called, type } = params[i];
    if (out[i] === undefined) continue;
    try {
      out[i] = within(wording.parameter, called, () => checked(type, out[i], ''));
    } catch (thrown) {
      if (isMismatch(thrown)) throw badCall(name, thrown.mismatch);
      throw thrown;
    }
  }
  return out;
}

// Native functions convert their arguments one by one, where the profile has signatures.
function tooFew() {
  return failure('TypeError', texts.too_few);
}
function unconverted(place, value) {
  const shown = typeof value === 'string' ? value : value === undefined ? 'undefined' : value === null ? 'null' : '';
  return failure('TypeError', fill(texts.conversion, place, shown));
}
