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

// `target` is what the router knows the set by: a name, and for a port's event the port's handle.
function makeEvent(label, name, handle, owner) {
  // The functions behind the numbers, kept while they may be called.
  const functions = new Map();
  const event = {};
  // Naming the owner here keeps the port alive as long as its events: who can still listen can still be told.
  const checked = (listener, extra, lenient) => {
    if (owner === undefined) return 0;
    if (typeof listener !== 'function') {
      if (lenient && profile.lenient_listeners) return 0;
      throw failure('Error', fill(texts.invalid_listener, label));
    }
    if (extra > 0) throw failure('Error', fill(texts.event_arguments, label));
    return listenerId(listener);
  };
  method(event, 'addListener', function addListener(listener, ...extra) {
    const id = checked(listener, extra.length, true);
    if (id === 0) return;
    granted(native.listen('add', name, handle, id));
    mapSet(functions, id, listener);
    // Removed and added again while the dispatch runs: it stays.
    if (current !== null && current.functions === functions) forgetRemoval(current.removed, id);
  });
  method(event, 'removeListener', function removeListener(listener) {
    const id = checked(listener, 0, true);
    if (id === 0) return;
    granted(native.listen('remove', name, handle, id));
    if (current !== null && current.functions === functions) append(current.removed, id);
    else mapDelete(functions, id);
  });
  method(event, 'hasListener', function hasListener(listener) {
    const id = checked(listener, 0);
    return granted(native.listen('has', name, handle, id));
  });
  if (profile.has_listeners) {
    method(event, 'hasListeners', function hasListeners() {
      return granted(native.listen('any', name, handle, 0));
    });
  }
  platform(event, 'Object');
  return { __proto__: null, event, functions };
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
