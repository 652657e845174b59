// Port objects: one end of a channel each. The router decides; a Port only asks.
// Names of Port objects, for logs. Not their records: those lead back to the object.
const portNames = new WeakMap();
// Open ports by handle, kept alive because they can still receive.
const openPorts = new Map();
// Ports among them that their script has closed and that may still hear that nobody accepted. Nothing
// says when somebody has, so they are looked through whenever their number has doubled.
const owedPorts = new Map();
let owedLimit = 64;
function forgetAnswered() {
  mapForEach(owedPorts, (_, handle) => {
    if (native.isOwed(handle)) return;
    mapDelete(owedPorts, handle);
    mapDelete(openPorts, handle);
  });
  owedLimit = mapSize(owedPorts) * 2;
  if (owedLimit < 64) owedLimit = 64;
}
// A closed Port that nobody can reach any more gives its record back to the router.
const collectedPorts = new FinalizationRegistry(handle => { native.release(handle); });

function makePort(handle, name, sender) {
  const port = create(portPrototype);
  const record = { __proto__: null, handle, name, port, onMessage: null, onDisconnect: null };
  put(port, 'name', name);
  put(port, 'sender', sender);
  if (profile.port_error) put(port, 'error', null);
  addPortEvent(record, 'onMessage');
  addPortEvent(record, 'onDisconnect');
  method(port, 'postMessage', function postMessage(...args) {
    if (bySignature && args.length === 0) throw tooFew();
    // A dead port says so before it looks at the message.
    if (native.isOpen(handle)) granted(native.post(record.handle, encode(args[0])));
    else granted(native.post(record.handle, 'null'));
  });
  method(port, 'disconnect', function disconnect() {
    if (granted(native.disconnect(record.handle)) === true) mapSet(owedPorts, record.handle, true);
    else mapDelete(openPorts, record.handle);
    if (mapSize(owedPorts) >= owedLimit) forgetAnswered();
  });
  platform(port, 'Object');
  weakSet(portNames, port, name);
  mapSet(openPorts, handle, record);
  registryRegister(collectedPorts, port, handle);
  return record;
}
function addPortEvent(record, name) {
  const made = () => {
    if (record[name] === null) {
      record[name] = makeEvent(`Port.${name}`, name, record.handle, record);
      for (let i = 0; i < shapes.port_event_flags.length; i++) put(record[name].event, shapes.port_event_flags[i], false);
    }
    return record[name].event;
  };
  if (!shapes.late_events) {
    put(record.port, name, made());
    return;
  }
  accessor(record.port, name, () => {
    if (record[name] === null && !native.isOpen(record.handle)) throw failure('Error', fill(texts.dead_event, name));
    return made();
  });
}

// Whom a call may address: the own extension only.
function checkTarget(call, id) {
  if (id === undefined) return;
  if (shapes.narrow_worlds && info.world) throw failure('Error', texts.foreign_extension);
  if (id === info.id || (bySignature && id === '')) return;
  if (!bySignature) throw failure('Error', fill(texts.extension_id, id));
  throw badCall(call, isExtensionId(id) ? texts.foreign_extension : fill(texts.extension_id, id));
}
// Thirty-two letters from a to p.
function isExtensionId(id) {
  for (let i = 0; i < id.length; i++) if (charCodeAt(id, i) < 97 || charCodeAt(id, i) > 112) return false;
  return id.length === 32;
}
const wellFormed = uncurry(String.prototype.toWellFormed);
function connect(...args) {
  granted(native.available('runtime.connect'));
  const parsed = parseArguments('runtime.connect', args);
  checkTarget('runtime.connect', parsed[0]);
  const name = wellFormed(parsed[1]?.name ?? '');
  return makePort(granted(native.connect(name)), name, undefined).port;
}

// A user script (or another part of the extension) connected: the port that this context's listeners get.
function beginConnect(event, handle, name, sender) {
  const set = runtimeEvents[event];
  const record = makePort(handle, name, fromJson(sender));
  beginDispatch(set.functions, [record.port], 'port', null);
}
function beginMessage(handle, message) {
  const record = mapGet(openPorts, handle);
  if (record === undefined) return;
  beginDispatch(record.onMessage.functions, [decode(message), record.port], 'port', null);
}
function closePort(handle, error = null) {
  const record = mapGet(openPorts, handle);
  if (record === undefined) return undefined;
  mapDelete(openPorts, handle);
  mapDelete(owedPorts, handle);
  if (profile.port_error && error !== null) put(record.port, 'error', withoutHostFrames(new Error(error)));
  return record;
}
function beginDisconnect(handle, error = null) {
  const record = closePort(handle, error);
  if (record === undefined) return;
  if (profile.last_error) setLastError(error);
  beginDispatch(record.onDisconnect.functions, [record.port], 'port', null);
}
