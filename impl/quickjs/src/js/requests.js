// One-time messages: sendMessage on one side, (message, sender, sendResponse) on the other.
const pendingRequests = new Map();
const collectedReplies = new FinalizationRegistry(handle => { native.abandon(handle); });

// `sendMessage([extensionId], message, [options], [callback])`: the rules of MDN's page.
function sendArguments(args) {
  let callback;
  if (args.length > 1 && typeof args[args.length - 1] === 'function') {
    callback = args[args.length - 1];
    args = arraySlice(args, 0, args.length - 1);
  }
  if (args.length === 0) throw failure('Error', texts.message_missing);
  if (args.length > 3) throw failure('Error', texts.message_arguments);
  let [extension, message] = [undefined, args[0]];
  if (args.length === 3 || (args.length === 2 && !isOptions(args[1]))) [extension, message] = args;
  if (extension !== undefined && extension !== null && extension !== info.id) throw failure('Error', texts.extension_id);
  return { __proto__: null, message, callback };
}
function isOptions(value) {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  const keys = ownStringKeys(value);
  for (let i = 0; i < keys.length; i++) if (keys[i] !== 'includeTlsChannelId') return false;
  return true;
}
function sendMessage(...args) {
  const { message, callback } = sendArguments(args);
  const handle = granted(native.sendMessage(encode(message)));
  const pending = { __proto__: null, resolve: null, reject: null, callback };
  mapSet(pendingRequests, handle, pending);
  if (callback !== undefined) return undefined;
  return new Promise((resolve, reject) => {
    pending.resolve = resolve;
    pending.reject = reject;
  });
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
    const text = encode(value);
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
