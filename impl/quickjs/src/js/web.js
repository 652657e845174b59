// What a page's or worker's scripts expect of the web besides documents: addresses, sockets, files.
const { decodeURIComponent } = globals;
const replaceAll = uncurry(String.prototype.replaceAll);
const startsWith = uncurry(String.prototype.startsWith);
const lastIndexOfText = uncurry(String.prototype.lastIndexOf);

function decodeQuery(text) {
  const spaced = replaceAll(text, '+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
class URLSearchParams {
  #pairs = list();
  constructor(init) {
    let text = init === undefined || init === null ? '' : String(init);
    if (text[0] === '?') text = substring(text, 1);
    const parts = text === '' ? [] : splitText(text, '&');
    for (let i = 0; i < parts.length; i++) {
      const at = indexOfText(parts[i], '=');
      const name = at < 0 ? parts[i] : substring(parts[i], 0, at);
      append(this.#pairs, [decodeQuery(name), at < 0 ? '' : decodeQuery(substring(parts[i], at + 1))]);
    }
  }
  get(name) {
    for (let i = 0; i < this.#pairs.length; i++) if (this.#pairs[i][0] === String(name)) return this.#pairs[i][1];
    return null;
  }
  getAll(name) {
    const out = [];
    for (let i = 0; i < this.#pairs.length; i++) {
      if (this.#pairs[i][0] === String(name)) put(out, out.length, this.#pairs[i][1]);
    }
    return out;
  }
  has(name) { return this.get(name) !== null; }
}
hidden(globals, 'URLSearchParams', URLSearchParams);

// A socket leads to the driver. It opens in a task of its own.
const sockets = new Map();
class WebSocket extends EventTarget {
  constructor(url) {
    super();
    hidden(this, 'url', String(url));
    hidden(this, 'readyState', 0);
    for (const name of ['onopen', 'onmessage', 'onclose', 'onerror']) hidden(this, name, null);
    const id = native.socketOpen(this.url);
    hidden(this, 'id', id);
    mapSet(sockets, id, this);
    startTimer(() => {
      if (this.readyState !== 0) return;
      hidden(this, 'readyState', 1);
      fireSocket(this, new Event('open'));
    }, 0, false, []);
  }
  send(text) { if (this.readyState === 1) native.socketSend(this.id, String(text)); }
  close() {
    if (this.readyState > 1) return;
    hidden(this, 'readyState', 3);
    mapDelete(sockets, this.id);
    native.socketClose(this.id);
    startTimer(() => fireSocket(this, new Event('close')), 0, false, []);
  }
}
platform(WebSocket.prototype, 'WebSocket');
hidden(globals, 'WebSocket', WebSocket);
// The document is about to be left: its sockets are closed without a word.
function cutSockets() {
  mapForEach(sockets, (socket, id) => {
    hidden(socket, 'readyState', 3);
    native.socketCut(id);
    mapDelete(sockets, id);
  });
}
function fireSocket(socket, event) {
  const handler = socket[`on${event.type}`];
  if (typeof handler === 'function') {
    try {
      callFunction(handler, socket, event);
    } catch (thrown) {
      uncaught(thrown, 'listener');
    }
  }
  dispatchTo(socket, event);
}
function receiveText(id, data) {
  const socket = mapGet(sockets, id);
  if (socket === undefined || socket.readyState !== 1) return false;
  const event = new Event('message');
  put(event, 'data', data);
  fireSocket(socket, event);
  return true;
}

hidden(globals, 'navigator', {
  userAgent: 'worldport',
  sendBeacon(url, data) {
    native.beacon(String(url), data === undefined ? '' : String(data));
    return true;
  },
});
// Only the extension's own files can be fetched: there is no network.
hidden(globals, 'fetch', function fetch(url) {
  const text = native.readUrl(String(url));
  return new Promise((resolve, reject) => {
    if (typeof text !== 'string') {
      reject(withoutHostFrames(new TypeError('Failed to fetch')));
      return;
    }
    resolve({
      ok: true,
      status: 200,
      text: () => new Promise(done => done(text)),
      json: () => new Promise(done => done(fromJson(text))),
    });
  });
});
class Blob {
  constructor(parts, options) {
    let text = '';
    for (let i = 0; i < (parts?.length ?? 0); i++) {
      const inner = typeof parts[i] === 'object' && parts[i] !== null ? weakGet(blobs, parts[i]) : undefined;
      text += inner === undefined ? String(parts[i]) : inner.text;
    }
    weakSet(blobs, this, { __proto__: null, text: wellFormed(text), type: String(options?.type ?? '') });
    hidden(this, 'size', text.length);
  }
  get type() { return weakGet(blobs, this).type; }
  get [Symbol.toStringTag]() { return 'Blob'; }
  text() { return new Promise(resolve => resolve(weakGet(blobs, this).text)); }
}
hidden(globals, 'Blob', Blob);
if (info.worker) {
  hidden(globals, 'importScripts', function importScripts(...files) {
    for (let i = 0; i < files.length; i++) native.importScript(String(files[i]));
  });
}

// Addresses: as much as scripts of documents with a scheme, a host and a path need.
function urlParts(href) {
  const colon = indexOfText(href, '://');
  const protocol = substring(href, 0, colon + 1);
  let rest = substring(href, colon + 3);
  const cutAt = mark => {
    const at = indexOfText(rest, mark);
    const tail = at < 0 ? '' : substring(rest, at);
    if (at >= 0) rest = substring(rest, 0, at);
    return tail;
  };
  const hash = cutAt('#');
  const search = cutAt('?');
  const pathname = cutAt('/') || '/';
  const host = rest;
  const port = indexOfText(host, ':');
  return {
    __proto__: null,
    href: `${protocol}//${host}${pathname}${search}${hash}`,
    protocol, host, pathname,
    hostname: port < 0 ? host : substring(host, 0, port),
    port: port < 0 ? '' : substring(host, port + 1),
    search: search === '?' ? '' : search,
    hash: hash === '#' ? '' : hash,
    origin: `${protocol}//${host}`,
  };
}
function resolveUrl(base, text) {
  if (indexOfText(text, '://') >= 0) return text;
  if (startsWith(text, '//')) return base.protocol + text;
  if (text[0] === '/') return base.origin + text;
  if (text[0] === '?') return base.origin + base.pathname + text;
  if (text[0] === '#') return base.origin + base.pathname + base.search + text;
  if (text === '') return base.href;
  return base.origin + substring(base.pathname, 0, lastIndexOfText(base.pathname, '/') + 1) + text;
}
function makeLocation(start) {
  let at = start;
  const location = {};
  platform(location, 'Location');
  const stay = next => {
    at = next;
    native.addressChanged(at.href);
  };
  const leave = text => {
    const url = resolveUrl(at, String(text));
    const next = urlParts(url);
    // Another fragment of the same document is no navigation.
    if (next.hash !== '' && next.origin + next.pathname + next.search === at.origin + at.pathname + at.search) stay(next);
    else if (native.navigate(url)) cutSockets();
  };
  const part = (name, set) => {
    defineProperty(location, name, { __proto__: null, get: () => at[name], set, enumerable: true, configurable: false });
  };
  part('href', leave);
  for (const name of ['protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'origin']) part(name, undefined);
  part('hash', text => {
    const hash = String(text);
    stay(urlParts(at.origin + at.pathname + at.search + (hash[0] === '#' ? hash : `#${hash}`)));
  });
  put(location, 'assign', function assign(url) { leave(url); });
  put(location, 'replace', function replace(url) { leave(url); });
  put(location, 'reload', function reload() { native.reloadDocument(); });
  put(location, 'toString', function toString() { return at.href; });
  const push = (state, unused, url) => {
    if (url !== undefined && url !== null) stay(urlParts(resolveUrl(at, String(url))));
    hidden(history, 'state', state);
  };
  const history = { pushState: push, replaceState: push };
  hidden(history, 'state', null);
  hidden(globals, 'history', history);
  return location;
}
