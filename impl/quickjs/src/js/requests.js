// One-time messages: sendMessage on one side, (message, sender, sendResponse) on the other.
const pendingRequests = new Map();
const collectedReplies = new FinalizationRegistry(handle => { native.abandon(handle); });

// `sendMessage([extensionId], message, [options], [callback])`, where the message may look like an id or options.
function sendArguments(args) {
  if (bySignature) return signatureArguments(args);
  let count = args.length;
  let callback;
  const narrow = shapes.narrow_worlds && info.world;
  if (typeof args[count - 1] === 'function' && (count > 1 || narrow)) callback = args[--count];
  if (count === 0) throw failure('Error', texts.message_missing);
  if (count > (narrow ? 1 : 3)) throw failure('Error', texts.message_arguments);
  if (count === 3 && !isOptions(args[2])) throw failure('Error', texts.message_options);
  const addressed = count === 3 || (count === 2 && !isOptions(args[1]));
  const extension = addressed && !absent(args[0]) ? args[0] : undefined;
  checkTarget('runtime.sendMessage', extension);
  return { __proto__: null, message: args[addressed ? 1 : 0], callback };
}
// Puts every argument in its place before the signature is looked at, as far as that is possible.
function signatureArguments(args) {
  const placed = [null, null, null, null];
  let count = args.length;
  if (count > 0 && count <= 4 && typeof args[count - 1] === 'function') placed[3] = args[--count];
  let given = args;
  if (count > 0 && count < 4) {
    const addressed = count === 3 || (count === 2 && (absent(args[0]) || typeof args[0] === 'string'));
    if (addressed) placed[0] = args[0];
    placed[1] = args[addressed ? 1 : 0];
    if (count > (addressed ? 2 : 1)) placed[2] = args[addressed ? 2 : 1];
    given = placed;
  }
  const parsed = parseArguments('runtime.sendMessage', given);
  checkTarget('runtime.sendMessage', parsed[0]);
  return { __proto__: null, message: parsed[1], callback: parsed[3] };
}
function isOptions(value) {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  const keys = ownStringKeys(value);
  for (let i = 0; i < keys.length; i++) if (keys[i] !== 'includeTlsChannelId') return false;
  return true;
}
function sendMessage(...args) {
  granted(native.available('runtime.sendMessage'));
  const { message, callback } = sendArguments(args);
  const handle = granted(native.sendMessage(encodeSent(message)));
  const pending = { __proto__: null, resolve: null, reject: null, callback };
  mapSet(pendingRequests, handle, pending);
  if (callback !== undefined) return undefined;
  return new Promise((resolve, reject) => {
    pending.resolve = resolve;
    pending.reject = reject;
  });
}

// Where arguments are parsed by signature, the message is one of them.
function encodeSent(message) {
  if (!bySignature) {
    if (typeof message === 'symbol') granted(texts.sent_symbol_not_cloneable);
    return encode(message);
  }
  let text;
  try {
    text = encode(message);
  } catch (thrown) {
    throw badCall('runtime.sendMessage', thrown.message);
  }
  return text;
}

// The answer to a request of this context. `answer` is a message, or null; `error` a text, or null, and
// where a promise resolves all the same, only for a callback.
function settle(handle, answer = null, error = null, resolves = false) {
  const pending = mapGet(pendingRequests, handle);
  if (pending === undefined) return;
  mapDelete(pendingRequests, handle);
  const { resolve, reject, callback } = pending;
  if (callback === undefined) {
    if (error === null || resolves) resolve(answer === null ? undefined : decode(answer));
    else reject(withoutHostFrames(new Error(error)));
    return;
  }
  setLastError(error);
  try {
    if (error !== null || answer === null) callback();
    else callback(decode(answer));
  } catch (thrown) {
    uncaught(thrown, 'listener');
  } finally {
    setLastError(null);
  }
}

function beginRequest(event, handle, message, sender) {
  const set = runtimeEvents[event];
  const reply = { __proto__: null, handle, done: false, sendResponse: null };
  const sendResponse = function sendResponse(value) {
    if (reply.done) return;
    let text;
    try {
      text = encode(value);
    } catch (thrown) {
      if (shapes.bad_reply === 'throws') throw thrown;
      const throws = shapes.bad_reply === 'throws_and_rejects';
      reply.done = true;
      native.respond(handle, toJson(throws ? thrown.message : texts.no_receiver), true);
      if (throws) throw failure('TypeError', thrown.message);
      return;
    }
    reply.done = true;
    native.respond(handle, text, false);
  };
  registryRegister(collectedReplies, sendResponse, handle);
  reply.sendResponse = sendResponse;
  beginDispatch(set.functions, [decode(message), fromJson(sender), sendResponse], 'request', reply);
}
// `true` or a promise means that the answer comes later.
function willRespond(value, reply) {
  if (value === true) return true;
  if (typeof value !== 'object' || value === null || !profile.promise_replies || native.brand(value) !== 'Promise') return false;
  // These functions hold `reply` and so `sendResponse`: an answer can come for as long as the promise lives.
  const answer = (text, failed) => {
    if (reply.done) return;
    reply.done = true;
    native.respond(reply.handle, text, failed);
  };
  promiseThen(value, result => {
    let text;
    try {
      text = encode(result);
    } catch (thrown) {
      answer(toJson(errorFacts(thrown).message), true);
      return;
    }
    answer(text, false);
  }, thrown => answer(toJson(errorFacts(thrown).message), true));
  return true;
}
