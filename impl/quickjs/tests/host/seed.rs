//! The example of MDN's page on `runtime.onUserScriptConnect`, its two scripts to the letter (CC0).

use crate::support::{Run, SETUP};
use worldport_quickjs::HostEvent;

const USER_SCRIPT: &str = r#"// user-script.js

let myPort = browser.runtime.connect({ name: "port-from-us" });
myPort.postMessage({ greeting: "hello from user script" });

myPort.onMessage.addListener((m) => {
  console.log("In the user script, received message from background script: ");
  console.log(m.greeting);
});

document.body.addEventListener("click", () => {
  myPort.postMessage({ greeting: "they clicked the page!" });
});
"#;

const BACKGROUND: &str = r#"// background-script.js

let portFromCS;

function connected(p) {
  portFromUS = p;
  portFromUS.postMessage({ greeting: "hi there user script!" });
  portFromUS.onMessage.addListener((m) => {
    console.log("In background script, received message from user script");
    console.log(m.greeting);
  });
}

browser.runtime.onUserScriptConnect.addListener(connected);

browser.browserAction.onClicked.addListener(() => {
  portFromUS.postMessage({ greeting: "they clicked the button!" });
});
"#;

#[test]
fn the_example_greets_both_ways_and_carries_both_clicks() {
    let mut run = Run::new(BACKGROUND, USER_SCRIPT);
    let document = run.open();
    assert_eq!(run.host.click_body(document), Ok(1));
    run.idle();
    assert_eq!(run.host.click_action(), Ok(1));
    run.idle();
    assert_eq!(run.uncaught(), []);
    assert_eq!(
        run.console(),
        [
            "bg: In background script, received message from user script",
            "bg: hello from user script",
            "us: In the user script, received message from background script: ",
            "us: hi there user script!",
            "bg: In background script, received message from user script",
            "bg: they clicked the page!",
            "us: In the user script, received message from background script: ",
            "us: they clicked the button!",
        ]
    );
}

#[test]
fn without_messaging_the_user_script_finds_no_api() {
    for configure in [
        "",
        "browser.userScripts.configureWorld({ messaging: false });",
        "browser.userScripts.configureWorld({});",
    ] {
        let setup =
            SETUP.replace("browser.userScripts.configureWorld({ messaging: true });", configure);
        let mut run = Run::with_setup(&setup, BACKGROUND, USER_SCRIPT);
        run.open();
        let errors = run.uncaught();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].message, "ReferenceError: browser is not defined");
        assert_eq!(errors[0].file.as_deref(), Some("us.js"));
        assert_eq!(errors[0].line, Some(3));
        assert_eq!(run.delivered(), 0);
        assert_eq!(run.console(), [""; 0]);
    }
}

#[test]
fn closing_the_page_disconnects_the_background() {
    let background = format!(
        "{BACKGROUND}\nbrowser.runtime.onUserScriptConnect.addListener(p => p.onDisconnect.addListener(q => console.log('gone', q === p, q.error)));"
    );
    let mut run = Run::new(&background, USER_SCRIPT);
    let document = run.open();
    run.host.close(document).expect("the page closes");
    run.idle();
    assert_eq!(run.console().last().map(String::as_str), Some("bg: gone true null"));
    assert_eq!(run.count(|event| matches!(event, HostEvent::ContextEnded { .. })), 1);
}

#[test]
fn events_are_data() {
    let mut run = Run::new(BACKGROUND, USER_SCRIPT);
    run.open();
    let log = run.log.borrow();
    let json: Vec<String> =
        log.events.iter().map(|e| serde_json::to_string(e).expect("JSON")).collect();
    let console = r#"{"event":"console","context":"background","level":"log","args":["hello from user script"],"text":"hello from user script"}"#;
    assert!(json.iter().any(|line| line == console), "{json:#?}");
    let started =
        r#"{"event":"world-started","context":"https://example.com/ @default","messaging":true}"#;
    assert!(json.iter().any(|line| line == started), "{json:#?}");
    assert!(log.calls > 5);
}
