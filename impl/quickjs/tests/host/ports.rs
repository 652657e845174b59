//! Port objects as scripts see them: shapes, listeners, disconnects, error texts.

use crate::support::{Run, logged};
use worldport_quickjs::Profile;

const ACCEPT: &str = "browser.runtime.onUserScriptConnect.addListener(p => { globalThis.port = p; p.onMessage.addListener(m => console.log(m)); p.onDisconnect.addListener(() => console.log('gone')); });";

#[test]
fn a_port_has_its_members() {
    let lines = logged(
        "browser.runtime.onUserScriptConnect.addListener(p => console.log(p.name, p.error, p.sender.url, p.sender.origin, p.sender.frameId, p.sender.userScriptWorldId, typeof p.sender.tab.id, p.sender.id === browser.runtime.id));",
        "const p = browser.runtime.connect({ name: 'n' }); console.log(p.name, p.error, p.sender, Object.keys(p).sort().join());",
    );
    assert_eq!(
        lines,
        [
            "us: n null undefined disconnect,error,name,onDisconnect,onMessage,postMessage,sender",
            "bg: n null https://example.com/ https://example.com 0  number true",
        ]
    );
}

#[test]
fn listeners_are_a_set_in_order_of_addition() {
    let lines = logged(
        ACCEPT,
        "const p = browser.runtime.connect();
         const a = () => console.log('a'), b = () => console.log('b'), c = () => console.log('c');
         const e = p.onDisconnect;
         e.addListener(a); e.addListener(b); e.addListener(a); e.addListener(c);
         console.log(e.hasListener(a), e.hasListener(() => 1));
         e.removeListener(b); e.removeListener(() => 1);
         console.log(e.hasListener(b));
         e.addListener(b); e.removeListener(a); e.addListener(a);
         p.postMessage('bye');",
    );
    assert_eq!(lines, ["us: true false", "us: false", "bg: bye"]);
    let mut run = Run::new(
        "browser.runtime.onUserScriptConnect.addListener(p => p.disconnect());",
        "const e = browser.runtime.connect().onDisconnect;
         const a = () => console.log('a'), b = () => { console.log('b'); e.removeListener(c); e.addListener(d); }, c = () => console.log('c'), d = () => console.log('d');
         for (const f of [a, b, c]) e.addListener(f);",
    );
    run.open();
    assert_eq!(run.console(), ["us: a", "us: b"]);
}

#[test]
fn a_listener_removed_and_added_again_in_its_dispatch_stays() {
    let lines = logged(
        "browser.runtime.onUserScriptConnect.addListener(p => {
           const again = m => { console.log(m); p.onMessage.removeListener(again); p.onMessage.addListener(again); };
           p.onMessage.addListener(again);
         });",
        "const p = browser.runtime.connect(); p.postMessage(1); p.postMessage(2);",
    );
    assert_eq!(lines, ["bg: 1", "bg: 2"]);
}

#[test]
fn listeners_share_the_port_and_the_message() {
    let lines = logged(
        "const L = [];
         const on = p => { L.push(p); if (L.length === 2) console.log(L[0] === L[1]); };
         browser.runtime.onUserScriptConnect.addListener(on);
         browser.runtime.onUserScriptConnect.addListener(p => {
           on(p);
           p.onMessage.addListener(m => { m.seen = 1; });
           p.onMessage.addListener((m, q) => console.log(m, q === p));
         });",
        "browser.runtime.connect().postMessage({ n: 1 });",
    );
    assert_eq!(lines, ["bg: true", "bg: {n: 1, seen: 1} true"]);
}

#[test]
fn a_throwing_listener_does_not_stop_the_others() {
    let mut run = Run::new(
        "browser.runtime.onUserScriptConnect.addListener(() => {\n  throw new TypeError('boom');\n});\nbrowser.runtime.onUserScriptConnect.addListener(() => console.log('second'));",
        "browser.runtime.connect();",
    );
    run.open();
    assert_eq!(run.console(), ["bg: second"]);
    let errors = run.uncaught();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message, "TypeError: boom");
    assert_eq!(errors[0].place().as_deref().map(|p| p.starts_with("bg.js:2:")), Some(true));
}

#[test]
fn disconnect_reaches_only_the_other_end_and_only_once() {
    let lines = logged(
        ACCEPT,
        "const p = browser.runtime.connect(); p.onDisconnect.addListener(() => console.log('never'));
         p.postMessage(1); p.postMessage(2); p.disconnect(); p.disconnect();
         try { p.postMessage(3); } catch (e) { console.log(String(e), e instanceof Error); }
         console.log(p.onMessage.hasListener(() => 0));",
    );
    assert_eq!(
        lines,
        [
            "us: Error: Attempt to postMessage on disconnected port true",
            "us: false",
            "bg: 1",
            "bg: 2",
            "bg: gone",
        ]
    );
}

#[test]
fn nobody_listens() {
    let user_script = "const p = browser.runtime.connect(); p.postMessage(1);
        p.onDisconnect.addListener(q => console.log(q === p, p.error?.message));";
    let mut run = Run::new("", user_script);
    run.open();
    assert_eq!(
        run.console(),
        ["us: true Could not establish connection. Receiving end does not exist."]
    );
    assert_eq!(run.notes(), [""; 0]);
    let mut run = Run::new(
        "browser.runtime.onConnect.addListener(() => console.log('wrong event'));",
        user_script,
    );
    run.open();
    assert_eq!(run.console().len(), 1);
    assert_eq!(
        run.notes(),
        [
            "a user script's connection goes to runtime.onUserScriptConnect, not to runtime.onConnect"
        ]
    );
}

#[test]
fn a_message_before_any_listener_is_dropped() {
    let lines = logged(
        "browser.runtime.onUserScriptConnect.addListener(p => {
           Promise.resolve().then(() => p.onMessage.addListener(m => console.log(m)));
         });",
        "browser.runtime.connect().postMessage('in time');",
    );
    assert_eq!(lines, ["bg: in time"]);
    let lines = logged(
        "browser.runtime.onUserScriptConnect.addListener(p => {
           setTimeout(() => p.onMessage.addListener(m => console.log(m)), 50);
         });",
        "const p = browser.runtime.connect(); p.postMessage('too early'); setTimeout(() => p.postMessage('late'), 100);",
    );
    assert_eq!(lines, ["bg: late"]);
}

#[test]
fn arguments_are_checked() {
    let lines = logged(
        "browser.runtime.onUserScriptConnect.addListener(p => console.log('[' + p.name + ']'));
         for (const f of [undefined, null, 'x', {}]) {
           try { browser.runtime.onUserScriptConnect.addListener(f); console.log('no error'); } catch (e) { console.log(e.message); }
         }",
        "const attempt = (...args) => { try { browser.runtime.connect(...args); } catch (e) { console.log(e.message); } };
         attempt(); attempt(undefined); attempt(null); attempt({}); attempt({ name: null }); attempt(null, { name: 'x' });
         attempt({ name: 5 }); attempt({ name: 'x', bogus: 1 }); attempt('not-an-id'); attempt(5); attempt({}, {}); attempt(() => 1);",
    );
    assert_eq!(lines[..4], ["bg: Invalid listener for runtime.onUserScriptConnect."; 4]);
    assert_eq!(
        lines[4..10],
        [
            "us: Type error for parameter connectInfo (Error processing name: Expected string instead of 5) for runtime.connect.",
            "us: Type error for parameter connectInfo (Unexpected property \"bogus\") for runtime.connect.",
            "us: extensionId is not supported",
            "us: Incorrect argument types for runtime.connect.",
            "us: Incorrect argument types for runtime.connect.",
            "us: Incorrect argument types for runtime.connect.",
        ]
    );
    assert_eq!(lines[10..], ["bg: []", "bg: []", "bg: []", "bg: []", "bg: []", "bg: [x]"]);
}

#[test]
fn messaging_taken_away_closes_ports_and_refuses_calls() {
    let mut run = Run::new(
        &format!(
            "{ACCEPT} browser.action.onClicked.addListener(() => browser.userScripts.configureWorld({{ messaging: false }}));"
        ),
        "const p = browser.runtime.connect(); p.onDisconnect.addListener(() => {
           console.log('closed', p.error);
           try { browser.runtime.connect(); } catch (e) { console.log(e.message); }
           try { p.postMessage(1); } catch (e) { console.log(e.message); }
           try { browser.runtime.sendMessage(1); } catch (e) { console.log(e.message); }
         });",
    );
    run.open();
    assert_eq!(run.console(), [""; 0]);
    run.host.click_action().expect("nobody objects");
    run.idle();
    let mut lines = run.console();
    lines.sort();
    assert_eq!(
        lines,
        [
            "bg: gone",
            "us: 'Port.postMessage' is not available in this context.",
            "us: 'runtime.connect' is not available in this context.",
            "us: 'runtime.sendMessage' is not available in this context.",
            "us: closed null",
        ]
    );
}

#[test]
fn a_collected_port_is_released() {
    let mut run = Run::new(
        "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(() => p.disconnect()));",
        "for (let i = 0; i < 20; i++) { const p = browser.runtime.connect(); p.onDisconnect.addListener(() => p.name); p.postMessage(i); }",
    );
    run.open();
    run.host.collect_garbage();
    run.idle();
    let channels = run.host.with_router(|router| router.snapshot().channels.len());
    assert_eq!(channels, 0);
}

#[test]
fn other_profiles_say_it_in_their_own_words() {
    for (profile, expected) in [
        (Profile::CHROMIUM, "us: Attempting to use a disconnected port object"),
        (Profile::FIREFOX, "us: Attempt to postMessage on disconnected port"),
    ] {
        let mut run = Run::with_profile(
            profile,
            crate::support::SETUP,
            ACCEPT,
            "const p = browser.runtime.connect(); p.disconnect(); try { p.postMessage(1); } catch (e) { console.log(e.message); }",
        );
        run.open();
        assert_eq!(run.console()[0], expected);
    }
}
