// console: arguments go to the host as descriptions; nothing is printed here.
const consoleObject = {};
for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
  put(consoleObject, level, { [level](...args) { native.console(level, toJson(describeAll(args))); } }[level]);
}
put(consoleObject, 'trace', function trace(...args) { native.console('debug', toJson(describeAll(args))); });
put(consoleObject, 'assert', function assert(condition, ...args) {
  if (!condition) native.console('error', toJson(describeAll(['Assertion failed:', ...args])));
});
hidden(globals, 'console', consoleObject);
