// Event objects. The sets of listeners are the router's; here is only which number stands for which function.
const listenerIds = new WeakMap();
let lastListener = 0;

function listenerId(listener) {
  let id = weakGet(listenerIds, listener);
  if (id === undefined) {
    id = ++lastListener;
    weakSet(listenerIds, listener, id);
  }
  return id;
}

// What events and ports inherit from.
const madeBy = constructor => (shapes.classes ? constructor.prototype : objectPrototype);
const eventPrototype = madeBy(class Event {});
const portPrototype = madeBy(class Port {});

// `target` is what the router knows the set by: a name, and for a port's event the port's handle.
function makeEvent(label, name, handle, owner) {
  // The functions behind the numbers, kept while they may be called.
  const functions = new Map();
  const event = create(eventPrototype);
  // Naming the owner here keeps the port alive as long as its events: who can still listen can still be told.
  const id = listener => (owner === undefined ? 0 : listenerId(listener));
  method(event, 'addListener', function addListener(...args) {
    if (!mayListen(label, args, true)) return;
    const listener = args[0];
    const key = id(listener);
    granted(native.listen('add', name, handle, key));
    mapSet(functions, key, listener);
    // Removed and added again while the dispatch runs: it stays.
    if (current !== null && current.functions === functions) forgetRemoval(current.removed, key);
  });
  method(event, 'removeListener', function removeListener(...args) {
    if (!mayListen(label, args, false)) return;
    const key = id(args[0]);
    granted(native.listen('remove', name, handle, key));
    if (current !== null && current.functions === functions) append(current.removed, key);
    else mapDelete(functions, key);
  });
  method(event, 'hasListener', function hasListener(...args) {
    mayAsk(label, args);
    return granted(native.listen('has', name, handle, id(args[0])));
  });
  if (profile.has_listeners) {
    method(event, 'hasListeners', function hasListeners() {
      return granted(native.listen('any', name, handle, 0));
    });
  }
  if (shapes.classes) {
    // Calls this context's own listeners, as the browser does for an event of its own.
    method(event, 'dispatch', function dispatch(...args) {
      mapForEach(functions, (listener, key) => {
        if (native.listen('has', name, handle, key) === true) told(listener, args);
      });
    });
  }
  platform(event, 'Object');
  return { __proto__: null, event, functions };
}
function told(listener, args) {
  try {
    apply(listener, undefined, args);
  } catch (thrown) {
    uncaught(thrown, 'listener');
  }
}

// Whether a call of addListener or removeListener is to do anything.
function mayListen(label, args, adds) {
  if (typeof args[0] !== 'function') {
    if (bySignature) return false;
    throw failure('Error', fill(texts.invalid_listener, label));
  }
  if (adds && args.length > 1) throw failure(bySignature ? 'TypeError' : 'Error', fill(texts.event_arguments, label));
  return true;
}
function mayAsk(label, args) {
  if (typeof args[0] === 'function') return;
  if (!bySignature) throw failure('Error', fill(texts.invalid_listener, label));
  throw args.length === 0 ? tooFew() : unconverted(0, args[0]);
}
function forgetRemoval(removed, id) {
  for (let i = 0; i < removed.length; i++) if (removed[i] === id) removed[i] = 0;
}

function method(object, name, body) {
  put(object, name, body);
}

// The dispatch in progress: what every listener of it is called with. Listeners share one message object.
let current = null;
function beginDispatch(functions, args, kind, reply) {
  current = { __proto__: null, functions, args, kind, reply, removed: list() };
}
function endDispatch() {
  if (current === null) return;
  const { functions, removed } = current;
  for (let i = 0; i < removed.length; i++) {
    mapDelete(functions, removed[i]);
  }
  current = null;
}
// Calls one listener. The answer is the router's word for how it ended.
function callListener(id) {
  if (current === null) return 'returned';
  const listener = mapGet(current.functions, id);
  if (listener === undefined) return 'returned';
  const { args, kind, reply } = current;
  let value;
  try {
    value = apply(listener, undefined, args);
  } catch (thrown) {
    if (kind === 'request') native.listenerThrew(reply.handle, errorFacts(thrown).message);
    uncaught(thrown, 'listener');
    return 'threw';
  }
  return kind === 'request' && willRespond(value, reply) ? 'will-respond' : 'returned';
}
