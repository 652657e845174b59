// The smallest document that scripts of these worlds need: an element tree with event targets.
// Each world has its own objects for it, as in browsers; the driver clicks in all of them.
const eventTargets = new WeakMap();

class Event {
  constructor(type, init) {
    put(this, 'type', String(type));
    put(this, 'bubbles', Boolean(init?.bubbles));
    put(this, 'cancelable', Boolean(init?.cancelable));
    hidden(this, 'target', null);
    hidden(this, 'currentTarget', null);
    hidden(this, 'defaultPrevented', false);
    hidden(this, 'isTrusted', false);
    weakSet(eventFlags, this, { __proto__: null, stop: false, stopNow: false });
  }
  preventDefault() { if (this.cancelable) hidden(this, 'defaultPrevented', true); }
  stopPropagation() { weakGet(eventFlags, this).stop = true; }
  stopImmediatePropagation() {
    const flags = weakGet(eventFlags, this);
    flags.stop = true;
    flags.stopNow = true;
  }
}
const eventFlags = new WeakMap();

const listenersOf = target => {
  let listeners = weakGet(eventTargets, target);
  if (listeners === undefined) weakSet(eventTargets, target, listeners = list());
  return listeners;
};
const capturing = options => Boolean(typeof options === 'object' && options !== null ? options.capture : options);
function addTo(target, type, listener, options) {
  if (listener === null || listener === undefined) return;
  const listeners = listenersOf(target);
  const capture = capturing(options);
  for (let i = 0; i < listeners.length; i++) {
    const known = listeners[i];
    if (!known.gone && known.type === type && known.listener === listener && known.capture === capture) return;
  }
  const once = typeof options === 'object' && options !== null && Boolean(options.once);
  append(listeners, { __proto__: null, type, listener, capture, once, gone: false });
}
function removeFrom(target, type, listener, options) {
  const listeners = listenersOf(target);
  const capture = capturing(options);
  for (let i = 0; i < listeners.length; i++) {
    const known = listeners[i];
    if (known.type === type && known.listener === listener && known.capture === capture) forget(listeners, i);
  }
}
function forget(listeners, index) {
  listeners[index].gone = true;
  for (let i = index; i + 1 < listeners.length; i++) listeners[i] = listeners[i + 1];
  listeners.length -= 1;
}
class EventTarget {
  addEventListener(type, listener, options) { addTo(this ?? globals, String(type), listener, options); }
  removeEventListener(type, listener, options) { removeFrom(this ?? globals, String(type), listener, options); }
  dispatchEvent(event) { return dispatchTo(this ?? globals, event); }
}
const parentOf = new WeakMap();

// Capture from the window down, then the target, then up again if the event bubbles.
function dispatchTo(target, event) {
  const path = list();
  for (let at = target; at !== undefined && at !== null; at = weakGet(parentOf, at)) append(path, at);
  hidden(event, 'target', target);
  const flags = weakGet(eventFlags, event);
  if (flags === undefined) throw new TypeError('dispatchEvent needs an Event');
  for (let i = path.length - 1; i > 0 && !flags.stop; i--) invoke(path[i], event, flags, true);
  if (!flags.stop) invoke(target, event, flags, true);
  if (!flags.stopNow) invoke(target, event, flags, false);
  for (let i = 1; event.bubbles && i < path.length && !flags.stop; i++) invoke(path[i], event, flags, false);
  hidden(event, 'currentTarget', null);
  return !event.defaultPrevented;
}
// How many listeners the driver's event reached.
let invoked = 0;
function invoke(target, event, flags, capture) {
  const listeners = weakGet(eventTargets, target);
  if (listeners === undefined) return;
  hidden(event, 'currentTarget', target);
  const snapshot = list();
  for (let i = 0; i < listeners.length; i++) append(snapshot, listeners[i]);
  for (let i = 0; i < snapshot.length && !flags.stopNow; i++) {
    const known = snapshot[i];
    if (known.gone || known.type !== event.type || known.capture !== capture) continue;
    if (known.once) removeFrom(target, known.type, known.listener, known.capture);
    invoked += 1;
    try {
      if (typeof known.listener === 'function') callFunction(known.listener, target, event);
      else known.listener.handleEvent(event);
    } catch (thrown) {
      uncaught(thrown, 'listener');
    }
  }
}

function listensFor(type) {
  const listeners = listenersOf(globals);
  for (let i = 0; i < listeners.length; i++) if (listeners[i].type === type) return true;
  return false;
}
// An exception that nobody caught is an event of the global, where the profile says so.
function tellGlobal(thrown, kind, facts) {
  if (!profile.error_events || telling) return;
  const event = new Event(kind === 'rejection' ? 'unhandledrejection' : 'error', { cancelable: true });
  put(event, kind === 'rejection' ? 'reason' : 'error', thrown);
  put(event, 'message', facts.message);
  telling = true;
  try {
    dispatchTo(globals, event);
  } finally {
    telling = false;
  }
}
let telling = false;

for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) hidden(globals, name, EventTarget.prototype[name]);
hidden(globals, 'Event', Event);
hidden(globals, 'EventTarget', EventTarget);
hidden(globals, 'self', globals);

