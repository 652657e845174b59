// Lets user scripts of the default world send messages, and says on which pages ours runs.
browser.userScripts.configureWorld({ messaging: true });
browser.userScripts.register([
  { id: "greeter", matches: ["*://example.com/*"], js: [{ file: "page.js" }] },
]);
