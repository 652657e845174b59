// The namespaces of the extension API that this kind of context has.
const runtimeEvents = create(null);
let lastErrorObject = null;
function setLastError(text) {
  lastErrorObject = text === null || text === undefined ? null : withoutHostFrames(new Error(text));
}

function accessor(object, name, get) {
  defineProperty(object, name, { __proto__: null, get, enumerable: true, configurable: true });
}
// Calls of userScripts and the like: arguments and results cross as JSON, and the answer is a promise, or goes to a
// callback. Only what is wrong with the call itself is thrown.
function asynchronous(namespace, name) {
  const full = `${namespace}.${name}`;
  return (...args) => {
    if (shapes.unpermitted === 'thrown') granted(native.unpermitted(full));
    const parsed = parseArguments(full, args);
    const callback = parsed[parsed.length - 1];
    if (parsed.length > 0) parsed.length -= 1;
    const answer = answered(full, parsed);
    if (callback === undefined) return answer;
    const tell = (error, value) => {
      setLastError(error);
      if (error === null) told(callback, value === undefined ? [] : [value]);
      else told(callback, []);
      setLastError(null);
    };
    promiseThen(answer, value => tell(null, value), thrown => tell(errorFacts(thrown).message));
    return undefined;
  };
}
function answered(full, args) {
  try {
    const answer = granted(native.call(full, toJson(args)));
    const value = answer === undefined || answer === null ? undefined : fromJson(answer.json);
    return new Promise(resolve => resolve(value));
  } catch (thrown) {
    return new Promise((resolve, reject) => reject(thrown));
  }
}
// An event of the extension API that only the driver fires (a click on the action's button).
const driverEvents = create(null);
function makeDriverEvent(label) {
  const listeners = list();
  const event = create(eventPrototype);
  const at = listener => {
    for (let i = 0; i < listeners.length; i++) if (listeners[i] === listener) return i;
    return -1;
  };
  method(event, 'addListener', function addListener(...args) {
    if (mayListen(label, args, true) && at(args[0]) < 0) append(listeners, args[0]);
  });
  method(event, 'removeListener', function removeListener(...args) {
    if (!mayListen(label, args, false)) return;
    const index = at(args[0]);
    if (index < 0) return;
    for (let i = index; i + 1 < listeners.length; i++) listeners[i] = listeners[i + 1];
    listeners.length -= 1;
  });
  method(event, 'hasListener', function hasListener(...args) {
    mayAsk(label, args);
    return at(args[0]) >= 0;
  });
  if (profile.has_listeners) method(event, 'hasListeners', function hasListeners() { return listeners.length > 0; });
  if (shapes.classes) method(event, 'dispatch', function dispatch(...args) { tellAll(listeners, () => args); });
  platform(event, 'Object');
  driverEvents[label] = listeners;
  return event;
}
// Calls the listeners of such an event in order; answers how many there were.
function fireDriverEvent(label, argument) {
  const listeners = driverEvents[label];
  if (listeners === undefined) return 0;
  return tellAll(listeners, () => [fromJson(argument)]);
}
function tellAll(listeners, args) {
  const snapshot = list();
  for (let i = 0; i < listeners.length; i++) append(snapshot, listeners[i]);
  for (let i = 0; i < snapshot.length; i++) told(snapshot[i], args());
  return snapshot.length;
}

const members = {
  __proto__: null,
  'runtime.connect': () => connect,
  'runtime.sendMessage': () => sendMessage,
  'runtime.getURL': () => function getURL(path) {
    const text = String(path);
    return info.baseUrl + (text[0] === '/' ? substring(text, 1) : text);
  },
  'runtime.getManifest': () => function getManifest() { return fromJson(info.manifest); },
  'runtime.reload': () => function reload() { native.reload(); },
  'runtime.id': () => info.id,
};
for (const name of ['onConnect', 'onMessage', 'onUserScriptConnect', 'onUserScriptMessage']) {
  members[`runtime.${name}`] = () => {
    runtimeEvents[name] ??= makeEvent(`runtime.${name}`, name, 0, null);
    return runtimeEvents[name].event;
  };
}
for (const name of ['onInstalled', 'onStartup', 'onSuspend']) {
  members[`runtime.${name}`] = () => makeDriverEvent(`runtime.${name}`);
}
for (const name of [
  'configureWorld', 'resetWorldConfiguration', 'getWorldConfigurations', 'register', 'update', 'unregister', 'getScripts',
]) {
  members[`userScripts.${name}`] = () => asynchronous('userScripts', name);
}
// One event behind both names: MDN's example uses the older one in a manifest of version 3.
let actionClicked = null;
const onClicked = () => (actionClicked ??= makeDriverEvent('action.onClicked'));
members['action.onClicked'] = onClicked;
members['browserAction.onClicked'] = onClicked;

// The members that a name with a colon stands for, by what is after it.
const specialMembers = {
  __proto__: null,
  empty: (root, namespace, name) => put(root[namespace], name, {}),
  hidden: (root, namespace, name) => {
    defineProperty(root[namespace], name, { __proto__: null, get: () => lastErrorObject, configurable: true });
  },
  silent: (root, namespace, name) => put(root[namespace], name, makeDriverEvent(`silent ${namespace}.${name}`)),
};
const isPermitted = () => native.unpermitted('') === undefined;
// Some are there only as long as the permission is held.
function place(object, name, full, value) {
  for (let i = 0; i < profile.permitted.length; i++) {
    if (profile.permitted[i] !== full) continue;
    accessor(object, name, () => (isPermitted() ? value : undefined));
    return;
  }
  put(object, name, value);
}
function buildNamespace(names) {
  const root = {};
  const spaces = { __proto__: null };
  for (let i = 0; i < names.length; i++) {
    const [full, kind] = splitText(names[i], ':');
    if (kind === 'page') continue;
    const [namespace, name] = splitText(full, '.');
    if (spaces[namespace] === undefined) place(root, namespace, namespace, spaces[namespace] = {});
    if (kind !== undefined) specialMembers[kind](spaces, namespace, name);
    else if (full === 'runtime.lastError') accessor(spaces[namespace], name, () => lastErrorObject);
    else if (members[full] !== undefined) place(spaces[namespace], name, full, members[full]());
  }
  return root;
}
// What a page has there without any extension.
function withPageMembers(namespace, names) {
  const own = {};
  const keys = ownStringKeys(namespace);
  for (let i = 0; i < keys.length; i++) defineProperty(own, keys[i], getOwnPropertyDescriptor(namespace, keys[i]));
  for (let i = 0; i < names.length; i++) {
    const [name, kind] = splitText(names[i], ':');
    if (kind === 'page') put(own, name, () => ({}));
  }
  return own;
}
if (info.api.length > 0) {
  const namespace = buildNamespace(info.api);
  for (let i = 0; i < profile.namespaces.length; i++) {
    const name = profile.namespaces[i];
    hidden(globals, name, name === 'chrome' ? withPageMembers(namespace, info.api) : namespace);
  }
}
