// The element tree of a document, and the frames in it.
let page = null;
class Element extends EventTarget {
  constructor(tag) {
    super();
    // Browsers have these in prototypes: JSON shows nothing of an element.
    hidden(this, 'tagName', tag.toUpperCase());
    hidden(this, 'id', '');
    hidden(this, 'children', []);
    hidden(this, 'textContent', '');
    platform(this, `HTML${interfaceNames[tag] ?? 'Unknown'}Element`);
    if (tag === 'iframe') becomeFrame(this);
  }
  append(...nodes) {
    for (let i = 0; i < nodes.length; i++) {
      if (!(nodes[i] instanceof Element)) continue;
      weakSet(parentOf, nodes[i], this);
      this.children[this.children.length] = nodes[i];
      eachFrame(nodes[i], frame => { if (connected(frame.element)) frame.insert(); });
    }
  }
  appendChild(node) {
    this.append(node);
    return node;
  }
  remove() {
    const parent = weakGet(parentOf, this);
    eachFrame(this, frame => frame.remove());
    weakSet(parentOf, this, null);
    if (parent) hidden(parent, 'children', parent.children.filter(child => child !== this));
  }
  click() { dispatchTo(this, new Event('click', { bubbles: true, cancelable: true })); }
}
const interfaceNames = {
  __proto__: null,
  a: 'Anchor', body: 'Body', button: 'Button', div: 'Div', head: 'Head', html: 'Html', iframe: 'IFrame', p: 'Paragraph',
  script: 'Script', span: 'Span',
};

// Frames: the host makes a document for each that is part of the tree, and takes it away again.
const frames = new WeakMap();
let lastFrame = 0;
function becomeFrame(element) {
  const id = ++lastFrame;
  let src = '';
  let inserted = false;
  const address = () => resolveUrl(urlParts(page.document.URL), src);
  defineProperty(element, 'src', {
    __proto__: null,
    get: () => src,
    set: value => {
      src = String(value);
      if (inserted) native.frameNavigated(id, address());
    },
    enumerable: false,
    configurable: true,
  });
  weakSet(frames, element, {
    __proto__: null,
    element,
    insert() {
      if (inserted || src === '') return;
      inserted = true;
      native.frameInserted(id, address());
    },
    remove() {
      if (inserted) native.frameRemoved(id);
      inserted = false;
    },
  });
}
function eachFrame(element, visit) {
  const frame = weakGet(frames, element);
  if (frame !== undefined) visit(frame);
  for (let i = 0; i < element.children.length; i++) eachFrame(element.children[i], visit);
}
function connected(element) {
  let at = element;
  for (let up = weakGet(parentOf, at); up !== undefined && up !== null; up = weakGet(parentOf, at)) at = up;
  return at === globals;
}

function makePage(start) {
  const location = makeLocation(start);
  const html = new Element('html');
  const head = new Element('head');
  const body = new Element('body');
  html.append(head);
  const document = new EventTarget();
  platform(document, 'HTMLDocument');
  weakSet(parentOf, html, document);
  weakSet(parentOf, document, globals);
  hidden(document, 'documentElement', html);
  hidden(document, 'head', head);
  hiddenAccessor(document, 'body', () => (page.readyState === 'loading' ? null : body));
  hiddenAccessor(document, 'readyState', () => page.readyState);
  hiddenAccessor(document, 'URL', () => location.href);
  hidden(document, 'title', '');
  hidden(document, 'open', function open() {
    if (profile.document_open_is_insecure) throw namedRefusal('SecurityError\nThe operation is insecure.');
  });
  for (const name of ['write', 'close']) hidden(document, name, () => {});
  hidden(document, 'createElement', function createElement(tag) { return new Element(String(tag).toLowerCase()); });
  hidden(document, 'getElementById', function getElementById(id) { return find(html, element => element.id === id); });
  hidden(document, 'querySelector', function querySelector(selector) {
    return find(html, element => element.tagName === String(selector).toUpperCase() || `#${element.id}` === selector);
  });
  page = { __proto__: null, document, html, body, readyState: 'loading' };
  put(globals, 'window', globals);
  platform(globals, 'Window');
  hidden(globals, 'document', document);
  hidden(globals, 'location', location);
  hidden(document, 'location', location);
}
const hiddenAccessor = (object, name, get) => {
  defineProperty(object, name, { __proto__: null, get, enumerable: false, configurable: true });
};
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
