// What the host may call. Nothing here is reachable from a script.
return {
  __proto__: null,
  beginConnect,
  beginMessage,
  beginDisconnect,
  beginRequest,
  callListener,
  endDispatch() {
    endDispatch();
    setLastError(null);
  },
  closePort(handle, error) { closePort(handle, error); },
  settle,
  fireTimer,
  trackRejection,
  reportRejections,
  fireDriverEvent,
  fireDomEvent,
  receiveText,
  listensFor,
  reachReadyState,
  uncaught,
  describeThrown(thrown) { return toJson(errorFacts(thrown)); },
};
