// Greets every page that connects, and waves to the last of them when the button is clicked.
let page;

browser.runtime.onUserScriptConnect.addListener((port) => {
  page = port;
  page.postMessage({ text: "Welcome, page!" });
  page.onMessage.addListener((message) => console.log(`The page says: ${message.text}`));
  page.onDisconnect.addListener(() => console.log("The page has gone."));
});

browser.browserAction.onClicked.addListener(() => {
  page.postMessage({ text: "Somebody clicked the button." });
});
