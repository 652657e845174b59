// The engine's own errors in the words of the profile's engine. The engine asks for the text of a stack when an error
// is made, before any script can catch it: that is where its message is put into other words.
if (profile.engine_texts) {
  const own = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const choose = prepare => apply(own.set, Error, [prepare]);
  let site;
  choose((error, sites) => { site = sites[0]; });
  new Error();
  const { getFunction, getFunctionName, getFileName, getLineNumber, getColumnNumber, isNative } = getPrototypeOf(site);
  const functionOf = uncurry(getFunction);
  const nameOf = uncurry(getFunctionName);
  const fileOf = uncurry(getFileName);
  const lineOf = uncurry(getLineNumber);
  const columnOf = uncurry(getColumnNumber);
  const isNativeSite = uncurry(isNative);
  const kinds = new Map();
  for (const name of ownStringKeys(errorConstructors)) mapSet(kinds, errorConstructors[name].prototype, name);
  const known = new WeakSet();
  // A script may choose how stacks are told, as in other engines.
  let chosen;

  const frame = site => {
    if (isNativeSite(site)) return `    at ${nameOf(site) || '<anonymous>'} (native)\n`;
    const line = lineOf(site);
    const place = line === null ? 'missing' : `${fileOf(site)}:${line}:${columnOf(site)}`;
    // A syntax error has a place and no function.
    if (typeof functionOf(site) !== 'function') return `    at ${place}\n`;
    return `    at ${nameOf(site) || '<anonymous>'} (${place})\n`;
  };
  const reword = (error, site) => {
    if (native.brand(error) !== 'Error' || weakSetHas(known, error)) return;
    weakSetAdd(known, error);
    const kind = mapGet(kinds, getPrototypeOf(error));
    const message = getOwnPropertyDescriptor(error, 'message');
    if (kind === undefined || message === undefined || typeof message.value !== 'string') return;
    const file = fileOf(site);
    const line = lineOf(site);
    if (typeof file !== 'string' || file === HOST_FILE || typeof line !== 'number') return;
    const text = native.engineText(kind, message.value, file, line, columnOf(site));
    if (typeof text === 'string') hidden(error, 'message', text);
  };
  choose((error, sites) => {
    if (sites.length > 0) reword(error, sites[0]);
    if (typeof chosen === 'function') return callFunction(chosen, Error, error, sites);
    let text = '';
    for (let i = 0; i < sites.length; i++) text += frame(sites[i]);
    return text;
  });
  defineProperty(Error, 'prepareStackTrace', {
    __proto__: null, get: () => chosen, set: value => { chosen = value; }, enumerable: false, configurable: true,
  });
}
