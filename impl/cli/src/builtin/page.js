// Greets the extension, and reports every click on the page to it.
const extension = browser.runtime.connect({ name: "greeter" });
extension.postMessage({ text: "Hello, extension!" });

extension.onMessage.addListener((message) => console.log(`The extension says: ${message.text}`));

document.body.addEventListener("click", () => {
  extension.postMessage({ text: "Somebody clicked the page." });
});
