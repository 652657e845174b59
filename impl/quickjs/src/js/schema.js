// What the functions of the API take: parameters, their types, and the members of objects. Data only; how it is
// checked and what is said of a mismatch is the profile's.
const signatures = (() => {
  const typeOf = (kind, label = kind, parts = {}) => ({
    __proto__: null, kind, label, item: undefined, members: undefined, choices: undefined, pattern: undefined, either: undefined,
    ...parts,
  });
  const listOf = item => typeOf('array', 'array', { item });
  const objectOf = (label, members) => typeOf('object', label, { members: { __proto__: null, ...members } });
  const choiceOf = (label, ...choices) => typeOf('string', label, { choices });
  const matching = source => (
    typeOf('string', 'string', { pattern: { __proto__: null, text: `/${source}/`, regexp: new RegExp(source) } }));
  const eitherOf = (...either) => typeOf(either[0].kind, either[0].label, { either });
  const needed = type => ({ __proto__: null, type, optional: false });
  const optional = type => ({ __proto__: null, type, optional: true });
  const parameter = (name, { type, optional }) => ({ __proto__: null, name, type, optional });

  const [anything, text, flag, callable] = [typeOf('any'), typeOf('string'), typeOf('boolean'), typeOf('function')];
  const textList = optional(listOf(text));
  const channelOptions = { includeTlsChannelId: optional(flag) };
  const worldProperties = objectOf('userScripts.WorldProperties', {
    worldId: optional(text), csp: optional(text), messaging: optional(flag),
  });
  // Where a value may be one of several things, these say what a script is made of; elsewhere the call itself looks.
  const closed = profile.wording.either !== null;
  const sourceMembers = { file: text, code: text };
  const source = (...names) => {
    const members = {};
    for (const name of names) members[name] = closed ? needed(sourceMembers[name]) : optional(sourceMembers[name]);
    return objectOf('userScripts.ScriptSource', members);
  };
  const sources = listOf(closed ? eitherOf(source('file'), source('code')) : source('file', 'code'));
  const pattern = eitherOf(
    choiceOf('string', '<all_urls>'),
    eitherOf(
      matching(String.raw`^(https?|wss?|file|ftp|\*):\/\/(\*|\*\.[^*/]+|[^*/]+)\/.*$`),
      matching(String.raw`^file:\/\/\/.*$`),
    ),
    matching(String.raw`^resource:\/\/(\*|\*\.[^*/]+|[^*/]+)\/.*$|^about:`),
  );
  const patterns = optional(listOf(closed ? pattern : text));
  const scriptsWith = js => needed(listOf(objectOf('userScripts.RegisteredUserScript', {
    id: needed(text), allFrames: optional(flag), js, matches: patterns, excludeMatches: patterns, includeGlobs: textList,
    excludeGlobs: textList, runAt: optional(choiceOf('extensionTypes.RunAt', 'document_start', 'document_end', 'document_idle')),
    world: optional(choiceOf('userScripts.ExecutionWorld', 'MAIN', 'USER_SCRIPT')), worldId: optional(text),
  })));
  const filter = optional(objectOf('userScripts.UserScriptFilter', { ids: textList }));
  const callback = parameter('callback', optional(callable));

  return {
    __proto__: null,
    'runtime.connect': [
      parameter('extensionId', optional(text)),
      parameter('connectInfo', optional(objectOf('object', { name: optional(text), ...channelOptions }))),
    ],
    'runtime.sendMessage': [
      parameter('extensionId', optional(text)), parameter('message', needed(anything)),
      parameter('options', optional(objectOf('object', channelOptions))), callback,
    ],
    'userScripts.configureWorld': [parameter('properties', needed(worldProperties)), callback],
    'userScripts.getScripts': [parameter('filter', filter), callback],
    'userScripts.getWorldConfigurations': [callback],
    'userScripts.register': [parameter('scripts', scriptsWith(closed ? needed(sources) : optional(sources))), callback],
    'userScripts.resetWorldConfiguration': [parameter('worldId', optional(text)), callback],
    'userScripts.unregister': [parameter('filter', filter), callback],
    'userScripts.update': [parameter('scripts', scriptsWith(optional(sources))), callback],
  };
})();
