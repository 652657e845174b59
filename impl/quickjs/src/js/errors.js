// Texts come from the profile; the errors they go into are made here, without the host's own stack frames.
const { texts, shapes } = profile;

function fill(template, ...values) {
  let out = '';
  let from = 0;
  for (let i = 0; i < values.length; i++) {
    const at = indexOfText(template, '{}', from);
    if (at < 0) break;
    out += substring(template, from, at) + String(values[i]);
    from = at + 2;
  }
  return out + substring(template, from);
}

// Scripts see the call that failed, not the frames of the host inside it.
function withoutHostFrames(error) {
  const lines = splitText(String(error.stack), '\n');
  let kept = '';
  for (let i = 0; i < lines.length; i++) {
    if (indexOfText(lines[i], HOST_FILE) >= 0 || indexOfText(lines[i], '(native)') >= 0) continue;
    kept += (kept === '' ? '' : '\n') + lines[i];
  }
  hidden(error, 'stack', kept);
  return error;
}
function failure(kind, text) {
  if (kind === 'DataCloneError') return cloneError(text);
  return withoutHostFrames(new (errorConstructors[kind] ?? Error)(text));
}
// The host answers a refused call with "kind\ntext"; everything else it answers is not a string.
function granted(answer) {
  if (typeof answer !== 'string') return answer;
  const at = indexOfText(answer, '\n');
  throw failure(substring(answer, 0, at), substring(answer, at + 1));
}

// Reports an exception that no script caught.
function uncaught(thrown, kind) {
  const facts = errorFacts(thrown);
  facts.kind = kind;
  native.uncaught(toJson(facts));
  tellGlobal(thrown, kind, facts);
}
