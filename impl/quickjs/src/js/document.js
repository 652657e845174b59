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

for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) hidden(globals, name, EventTarget.prototype[name]);
hidden(globals, 'Event', Event);
hidden(globals, 'EventTarget', EventTarget);
hidden(globals, 'self', globals);

let page = null;
class Element extends EventTarget {
  constructor(tag) {
    super();
    put(this, 'tagName', tag.toUpperCase());
    put(this, 'id', '');
    put(this, 'children', []);
    hidden(this, 'textContent', '');
    platform(this, `HTML${interfaceNames[tag] ?? 'Unknown'}Element`);
  }
  append(...nodes) {
    for (let i = 0; i < nodes.length; i++) {
      if (!(nodes[i] instanceof Element)) continue;
      weakSet(parentOf, nodes[i], this);
      this.children[this.children.length] = nodes[i];
    }
  }
  appendChild(node) {
    this.append(node);
    return node;
  }
  remove() {
    const parent = weakGet(parentOf, this);
    weakSet(parentOf, this, null);
    if (parent) put(parent, 'children', parent.children.filter(child => child !== this));
  }
  click() { dispatchTo(this, new Event('click', { bubbles: true, cancelable: true })); }
}
const interfaceNames = {
  __proto__: null,
  a: 'Anchor', body: 'Body', button: 'Button', div: 'Div', head: 'Head', html: 'Html', iframe: 'IFrame', p: 'Paragraph',
  script: 'Script', span: 'Span',
};

function makePage(location) {
  const html = new Element('html');
  const head = new Element('head');
  const body = new Element('body');
  html.append(head);
  const document = new EventTarget();
  platform(document, 'HTMLDocument');
  weakSet(parentOf, html, document);
  weakSet(parentOf, document, globals);
  put(document, 'documentElement', html);
  put(document, 'head', head);
  accessor(document, 'body', () => (page.readyState === 'loading' ? null : body));
  accessor(document, 'readyState', () => page.readyState);
  accessor(document, 'URL', () => location.href);
  put(document, 'title', '');
  hidden(document, 'createElement', function createElement(tag) { return new Element(String(tag).toLowerCase()); });
  hidden(document, 'getElementById', function getElementById(id) { return find(html, element => element.id === id); });
  hidden(document, 'querySelector', function querySelector(selector) {
    return find(html, element => element.tagName === String(selector).toUpperCase() || `#${element.id}` === selector);
  });
  page = { __proto__: null, document, html, body, readyState: 'loading' };
  hidden(globals, 'window', globals);
  platform(globals, 'Window');
  hidden(globals, 'document', document);
  hidden(globals, 'location', location);
  hidden(document, 'location', location);
}
function find(element, wanted) {
  if (wanted(element)) return element;
  for (let i = 0; i < element.children.length; i++) {
    const found = find(element.children[i], wanted);
    if (found !== null) return found;
  }
  return null;
}
// Loading goes on: the body is there, then everything is.
function reachReadyState(state) {
  if (page === null) return;
  if (page.readyState === 'loading' && state !== 'loading') page.html.append(page.body);
  page.readyState = state;
}
function fireDomEvent(targetName, type, bubbles, detail) {
  const target = page === null || targetName === 'window' ? globals : targetName === 'body' ? page.body : page.document;
  const event = new Event(type, { bubbles, cancelable: true });
  hidden(event, 'isTrusted', true);
  const extra = fromJson(detail);
  const keys = ownStringKeys(extra);
  for (let i = 0; i < keys.length; i++) put(event, keys[i], extra[keys[i]]);
  invoked = 0;
  dispatchTo(target, event);
  return invoked;
}
if (info.location !== null) makePage(info.location);
