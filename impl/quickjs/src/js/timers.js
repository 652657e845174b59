// Timers run on the host's virtual clock, which moves only when nothing else is left to do.
const timers = new Map();
let lastTimer = 0;

function startTimer(callback, delay, repeat, args) {
  const id = ++lastTimer;
  const wait = Number(delay);
  const due = isFiniteNumber(wait) && wait > 0 ? wait : 0;
  mapSet(timers, id, { __proto__: null, callback, args, repeat });
  native.setTimer(id, due, repeat);
  return id;
}
function stopTimer(id) {
  if (mapDelete(timers, id)) native.clearTimer(id);
}
hidden(globals, 'setTimeout', function setTimeout(callback, delay, ...args) {
  return startTimer(callback, delay, false, args);
});
hidden(globals, 'setInterval', function setInterval(callback, delay, ...args) {
  return startTimer(callback, delay, true, args);
});
hidden(globals, 'clearTimeout', function clearTimeout(id) { stopTimer(id); });
hidden(globals, 'clearInterval', function clearInterval(id) { stopTimer(id); });
hidden(globals, 'queueMicrotask', function queueMicrotask(callback) {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask needs a function');
  promiseThen(Promise.resolve(), () => {
    try {
      callFunction(callback, undefined);
    } catch (thrown) {
      uncaught(thrown, 'timer');
    }
  });
});
function fireTimer(id) {
  const timer = mapGet(timers, id);
  if (timer === undefined) return;
  if (!timer.repeat) mapDelete(timers, id);
  try {
    if (typeof timer.callback === 'function') apply(timer.callback, globals, timer.args);
    else (0, eval)(String(timer.callback));
  } catch (thrown) {
    uncaught(thrown, 'timer');
  }
}
hidden(globals, 'performance', {
  now() { return native.now(); },
  timeOrigin: 0,
});

// Rejections that nobody handled by the end of a turn are reported as uncaught.
const rejected = new Map();
function trackRejection(promise, reason, handled) {
  if (handled) mapDelete(rejected, promise);
  else mapSet(rejected, promise, reason);
}
function reportRejections() {
  if (mapSize(rejected) === 0) return;
  const reasons = list();
  mapForEach(rejected, (reason, promise) => {
    append(reasons, reason);
    mapDelete(rejected, promise);
  });
  for (let i = 0; i < reasons.length; i++) uncaught(reasons[i], 'rejection');
}
