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
  const port = {};
  const record = { __proto__: null, handle, name, port, onMessage: null, onDisconnect: null };
  record.onMessage = makeEvent('Port.onMessage', 'onMessage', handle, record);
  record.onDisconnect = makeEvent('Port.onDisconnect', 'onDisconnect', handle, record);
  put(port, 'name', name);
  put(port, 'sender', sender);
  if (profile.port_error) put(port, 'error', null);
  put(port, 'onMessage', record.onMessage.event);
  put(port, 'onDisconnect', record.onDisconnect.event);
  method(port, 'postMessage', function postMessage(message) {
    granted(native.post(record.handle, encode(message)));
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

// `connect([extensionId], [connectInfo])`
function connectArguments(args) {
  let [first, second] = [args[0], args[1]];
  if (args.length > 2) throw failure('Error', fill(texts.incorrect_arguments, 'runtime.connect'));
  if (args.length < 2 && typeof first === 'object') [first, second] = [undefined, first];
  if (first !== undefined && first !== null) {
    if (typeof first !== 'string') throw failure('Error', fill(texts.incorrect_arguments, 'runtime.connect'));
    if (first !== info.id) throw failure('Error', texts.extension_id);
  }
  if (second !== undefined && second !== null && typeof second !== 'object') {
    throw failure('Error', fill(texts.incorrect_arguments, 'runtime.connect'));
  }
  let name = '';
  const keys = second === undefined || second === null ? [] : ownStringKeys(second);
  for (let i = 0; i < keys.length; i++) {
    const value = second[keys[i]];
    if (keys[i] === 'name') {
      if (value === undefined || value === null) continue;
      if (typeof value !== 'string') throw failure('Error', fill(texts.connect_name, shortly(value)));
      name = value;
    } else if (keys[i] !== 'includeTlsChannelId') {
      throw failure('Error', fill(texts.connect_property, keys[i]));
    }
  }
  return name;
}
function shortly(value) {
  try {
    return typeof value === 'object' ? toJson(describe(value, 0, list())) : String(value);
  } catch {
    return typeof value;
  }
}
const wellFormed = uncurry(String.prototype.toWellFormed);
function connect(...args) {
  const name = wellFormed(connectArguments(args));
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
