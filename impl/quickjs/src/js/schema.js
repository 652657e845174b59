// What the functions of the API take: parameters, their types, and the members of objects. Data only; how it is
// checked and what is said of a mismatch is the profile's.
const signatures = (() => {
  const typeOf = (kind, label = kind) => ({ __proto__: null, kind, label, item: undefined, members: undefined, choices: undefined });
  const listOf = item => ({ __proto__: null, kind: 'array', label: 'array', item, members: undefined, choices: undefined });
  const objectOf = (label, members) => (
    { __proto__: null, kind: 'object', label, item: undefined, members: { __proto__: null, ...members }, choices: undefined });
  const choiceOf = (label, ...choices) => ({ __proto__: null, kind: 'string', label, item: undefined, members: undefined, choices });
  const needed = type => ({ __proto__: null, type, optional: false });
  const optional = type => ({ __proto__: null, type, optional: true });
  const parameter = (name, { type, optional }) => ({ __proto__: null, name, type, optional });

  const [anything, text, flag, callable] = [typeOf('any'), typeOf('string'), typeOf('boolean'), typeOf('function')];
  const textList = optional(listOf(text));
  const channelOptions = { includeTlsChannelId: optional(flag) };
  const worldProperties = objectOf('userScripts.WorldProperties', {
    worldId: optional(text), csp: optional(text), messaging: optional(flag),
  });
  const scriptSource = objectOf('userScripts.ScriptSource', { code: optional(text), file: optional(text) });
  const scriptMembers = {
    allFrames: optional(flag), excludeMatches: textList, id: needed(text), includeGlobs: textList, excludeGlobs: textList,
    js: optional(listOf(scriptSource)), matches: textList,
    runAt: optional(choiceOf('extensionTypes.RunAt', 'document_start', 'document_end', 'document_idle')),
    world: optional(choiceOf('userScripts.ExecutionWorld', 'MAIN', 'USER_SCRIPT')), worldId: optional(text),
  };
  const scripts = needed(listOf(objectOf('userScripts.RegisteredUserScript', scriptMembers)));
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
    'userScripts.register': [parameter('scripts', scripts), callback],
    'userScripts.resetWorldConfiguration': [parameter('worldId', optional(text)), callback],
    'userScripts.unregister': [parameter('filter', filter), callback],
    'userScripts.update': [parameter('scripts', scripts), callback],
  };
})();
