//! Contexts that come and go: navigation, reload, removal, permission, backgrounds that stop.

use crate::support::Run;

const ACCEPT: &str = "browser.runtime.onUserScriptConnect.addListener(p => {
  console.log('accepted', p.name); p.onDisconnect.addListener(() => console.log('gone', p.name, p.error));
});";
const CONNECT: &str = "const p = browser.runtime.connect({ name: 'n' });
p.onDisconnect.addListener(() => console.log('told', p.error));
document.body.addEventListener('click', () => {
  for (const attempt of [() => browser.runtime.connect(), () => p.postMessage(1), () => browser.runtime.sendMessage(1), () => p.disconnect()]) {
    try { attempt(); console.log('fine'); } catch (e) { console.log(e.message); }
  }
});
addEventListener('pagehide', e => { console.log('pagehide', e.persisted); p.postMessage('last words'); });";

#[test]
fn navigation_ends_the_old_worlds_and_starts_new_ones() {
    let mut run = Run::new(
        &format!(
            "{ACCEPT} browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m)));"
        ),
        CONNECT,
    );
    let first = run.open();
    let second = run.host.navigate(first, "https://example.com/next").expect("it is open");
    run.idle();
    assert!(run.host.click_body(first).is_err());
    assert_eq!(run.host.click_body(second), Ok(1));
    assert_eq!(
        run.console()[..5],
        [
            "bg: accepted n",
            "us: pagehide false",
            "bg: last words",
            "bg: gone n null",
            "bg: accepted n",
        ]
    );
    assert_eq!(run.uncaught(), []);
}

#[test]
fn a_removed_extension_leaves_worlds_that_are_told_and_then_refused() {
    let mut run = Run::new(ACCEPT, CONNECT);
    let document = run.open();
    run.host.uninstall(run.extension).expect("it is installed");
    run.idle();
    run.host.click_body(document).expect("it is open");
    let invalid = "us: Extension context invalidated.".to_owned();
    assert_eq!(run.console()[1], "us: told null");
    assert_eq!(run.console()[2..5], [invalid.clone(), invalid.clone(), invalid]);
    assert!(run.host.uninstall(run.extension).is_err());
}

#[test]
fn an_extension_can_reload_itself() {
    let mut run = Run::new(
        &format!(
            "console.log('start'); browser.action.onClicked.addListener(() => browser.runtime.reload()); {ACCEPT}"
        ),
        CONNECT,
    );
    run.open();
    run.host.click_action().expect("nobody objects");
    run.idle();
    assert_eq!(run.console(), ["bg: start", "bg: accepted n", "bg: start", "us: told null"]);
    run.open();
    assert_eq!(run.console().last().map(String::as_str), Some("bg: accepted n"));
}

#[test]
fn a_revoked_permission_closes_channels_and_stops_scripts() {
    let mut run = Run::new(ACCEPT, CONNECT);
    run.open();
    run.host.revoke_permission(run.extension).expect("it is installed");
    run.idle();
    let mut lines = run.console();
    lines.sort();
    assert_eq!(lines, ["bg: accepted n", "bg: gone n null", "us: told null"]);
    run.open();
    assert_eq!(run.console().len(), 3);
    assert_eq!(run.notes().len(), 1);
}

#[test]
fn stopping_the_background_tells_the_page() {
    let mut run = Run::new(ACCEPT, CONNECT);
    run.open();
    run.host.stop_background(run.extension).expect("it runs");
    assert!(run.host.stop_background(run.extension).is_err());
    run.idle();
    assert_eq!(run.console(), ["bg: accepted n", "us: told null"]);
    assert!(run.host.start_background(run.extension).is_ok());
    assert!(run.host.start_background(run.extension).is_err());
}

#[test]
fn two_documents_are_told_apart() {
    let mut run = Run::new("", "console.log(location.href, document.readyState);");
    run.open();
    run.open();
    let log = run.log.borrow();
    let contexts: Vec<String> = log
        .events
        .iter()
        .filter_map(|event| match event {
            worldport_quickjs::HostEvent::Console { context, .. } => Some(context.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(contexts, ["https://example.com/ @default", "https://example.com/ (2) @default"]);
}

#[test]
fn events_bubble_and_can_be_stopped() {
    let mut run = Run::new(
        "",
        "const log = name => e => console.log(name, e.type, e.target === document.body);
         const inner = log('inner');
         window.addEventListener('click', log('window'));
         document.addEventListener('click', log('capture'), true);
         document.documentElement.addEventListener('click', log('html'), { once: true });
         document.body.addEventListener('click', inner);
         document.body.addEventListener('click', inner);
         document.body.addEventListener('click', () => { throw new Error('no matter'); });
         document.addEventListener('click', e => { if (seen++) e.stopPropagation(); }); let seen = 0;",
    );
    let document = run.open();
    assert_eq!(run.host.click_body(document), Ok(6));
    assert_eq!(run.host.click_body(document), Ok(4));
    assert_eq!(
        run.console(),
        [
            "us: capture click true",
            "us: inner click true",
            "us: html click true",
            "us: window click true",
            "us: capture click true",
            "us: inner click true",
        ]
    );
    assert_eq!(run.uncaught().len(), 2);
}
