//! Loading, starting and stopping scripts: what is accepted, and where errors are reported.

use crate::support::{Run, SETUP};
use worldport_quickjs::{ErrorKind, Extension, HostEvent};

fn load_error(files: &[(&str, &str)]) -> String {
    match Extension::from_files(files.iter().copied()) {
        Ok(_) => "it loads".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn broken_extensions_are_refused_in_one_line() {
    let manifest = |members: &str| {
        format!(r#"{{"manifest_version": 3, "name": "n", "version": "1"{members}}}"#)
    };
    for (text, expected) in [
        ("{\n  \"name\": }".to_owned(), "manifest.json:2:11: expected value"),
        ("[]".to_owned(), "manifest.json: field \"(the manifest)\" is not an object"),
        ("{}".to_owned(), "manifest.json: missing field \"manifest_version\""),
        (
            r#"{"manifest_version": 2}"#.to_owned(),
            "manifest.json: manifest_version is 2, only 3 is supported",
        ),
        (r#"{"manifest_version": 3}"#.to_owned(), "manifest.json: missing field \"name\""),
        (manifest(r#", "background": {}"#), "manifest.json: missing field \"background.scripts\""),
        (
            manifest(r#", "background": {"scripts": "x"}"#),
            "manifest.json: field \"background.scripts\" is not a list of strings",
        ),
        (
            manifest(r#", "background": {"scripts": ["x.js"]}"#),
            "x.js: no such file (named by background.scripts of manifest.json)",
        ),
        (
            manifest(r#", "background": {"scripts": ["../x.js"]}"#),
            "\"../x.js\" is outside of the extension (named by background.scripts of manifest.json)",
        ),
        (manifest(r#", "background": {"scripts": ["bad.js"]}"#), "bad.js:2:9: "),
        (manifest(r#", "background": {"scripts": ["bad1.js"]}"#), "bad1.js:1:9: "),
        (
            manifest(r#", "host_permissions": ["nonsense"]"#),
            "manifest.json: field \"host_permissions\" is not match patterns",
        ),
        (manifest(""), "it loads"),
    ] {
        let error = load_error(&[
            ("manifest.json", &text),
            ("bad.js", "let x = 1;\nlet y = ;\n"),
            ("bad1.js", "let y = ;"),
        ]);
        assert!(error.starts_with(expected), "{error:?} is not {expected:?}");
        assert!(!error.contains('\n'));
    }
    assert_eq!(load_error(&[]), "manifest.json: no such file");
}

#[test]
fn directories_are_checked_too() {
    let missing = Extension::load("no/such/place").map(drop).map_err(|e| e.to_string());
    assert_eq!(missing, Err("no/such/place: no such directory".to_owned()));
    let empty = Extension::load("tests/host").map(drop).map_err(|e| e.to_string());
    assert_eq!(empty, Err("tests/host/manifest.json: no such file".to_owned()));
}

#[test]
fn scripts_are_sloppy_unless_they_say_otherwise() {
    let mut run = Run::new(
        "undeclared = 1; console.log(undeclared, (function () { return this === globalThis; })());",
        "'use strict'; undeclared = 1;",
    );
    run.open();
    assert_eq!(run.console(), ["bg: 1 true"]);
    let errors = run.uncaught();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind, ErrorKind::Script);
    assert_eq!(errors[0].file.as_deref(), Some("us.js"));
}

#[test]
fn a_user_script_that_does_not_parse_is_reported_with_its_place() {
    let mut run = Run::new("", "let fine = 1;\nlet broken = ;\n");
    run.open();
    let errors = run.uncaught();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind, ErrorKind::Syntax);
    assert_eq!(errors[0].place().as_deref(), Some("us.js:2:14"));
    let mut run = Run::new("", "JSON.parse('{');");
    run.open();
    assert_eq!(run.uncaught()[0].kind, ErrorKind::Script);
}

#[test]
fn an_endless_script_is_stopped_and_the_rest_goes_on() {
    let mut run = Run::new(
        "browser.runtime.onUserScriptConnect.addListener(() => { for (;;); });
         browser.runtime.onUserScriptConnect.addListener(() => console.log('next'));",
        "browser.runtime.connect();",
    );
    run.open();
    assert_eq!(run.console(), ["bg: next"]);
    let errors = run.uncaught();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind, ErrorKind::Interrupted);
    assert_eq!(errors[0].file.as_deref(), Some("bg.js"));
}

#[test]
fn endless_microtasks_and_recursion_are_stopped_too() {
    let mut run = Run::new("(function again() { Promise.resolve().then(again); })();", "");
    run.open();
    assert_eq!(run.uncaught()[0].kind, ErrorKind::Interrupted);
    let mut run =
        Run::new("try { (function f() { f(); })(); } catch (e) { console.log(e.name); }", "");
    run.open();
    assert_eq!(run.console().len(), 1);
}

#[test]
fn timers_run_in_virtual_time() {
    let mut run = Run::new(
        "setTimeout(() => console.log('c'), 86400000 / 200); setTimeout(() => console.log('b'), 10); setTimeout(() => console.log('a'));
         const id = setInterval(() => { console.log('tick'); if (++n === 2) clearInterval(id); }, 5); let n = 0;
         clearTimeout(setTimeout(() => console.log('never'), 1));
         Promise.resolve().then(() => console.log('micro')); queueMicrotask(() => console.log('micro 2'));",
        "",
    );
    run.idle();
    assert_eq!(
        run.console(),
        ["bg: micro", "bg: micro 2", "bg: a", "bg: tick", "bg: b", "bg: tick", "bg: c"]
    );
}

#[test]
fn unhandled_rejections_are_uncaught() {
    let mut run = Run::new(
        "Promise.reject(new Error('lost')); const p = Promise.reject(1); p.catch(() => {});
         browser.userScripts.register([{ id: 'us', matches: ['*://a/*'], js: [{ code: '' }] }]);",
        "",
    );
    run.idle();
    let messages: Vec<String> = run.uncaught().into_iter().map(|e| e.message).collect();
    assert_eq!(
        messages,
        ["Error: lost", "Error: User script with id \"us\" is already registered."]
    );
}

#[test]
fn worlds_are_apart_and_scripts_of_one_world_are_together() {
    let setup = "
        browser.userScripts.configureWorld({ messaging: true, worldId: 'a' });
        const js = (...code) => code.map(code => ({ code }));
        browser.userScripts.register([
          { id: '1', matches: ['<all_urls>'], js: js('globalThis.x = 1;', 'console.log(x, typeof browser);') },
          { id: '2', matches: ['<all_urls>'], worldId: 'a', js: js('console.log(typeof x, typeof browser.runtime.connect);') },
          { id: '3', matches: ['<all_urls>'], js: js('console.log(x);') },
          { id: '4', matches: ['<all_urls>'], excludeMatches: ['*://example.com/*'], js: js('console.log(4);') },
          { id: '5', matches: ['<all_urls>'], runAt: 'document_start', js: js('console.log(document.body, document.readyState);') },
        ]);";
    let mut run = Run::with_setup(setup, "", "");
    run.open();
    assert_eq!(run.uncaught(), []);
    assert_eq!(
        run.console(),
        ["us: null loading", "us: 1 undefined", "us: undefined function", "us: 1"]
    );
}

#[test]
fn user_scripts_are_managed() {
    let mut run = Run::with_setup(
        "",
        "(async () => {
           const u = browser.userScripts;
           await u.configureWorld({ messaging: true }); await u.configureWorld({ worldId: 'w', csp: 'x' });
           console.log(await u.getWorldConfigurations());
           await u.resetWorldConfiguration('w');
           console.log((await u.getWorldConfigurations()).length);
           await u.register([{ id: 'a', matches: ['*://a/*'], js: [{ code: '1' }] }, { id: 'b', matches: ['*://b/*'], js: [{ file: 'us.js' }], worldId: 'w' }]);
           await u.update([{ id: 'a', runAt: 'document_start' }]);
           console.log((await u.getScripts()).map(s => s.id + s.runAt + s.worldId), (await u.getScripts({ ids: ['b'] })).length);
           await u.unregister({ ids: ['a'] });
           console.log((await u.getScripts()).length);
           await u.unregister();
           console.log((await u.getScripts()).length);
           for (const call of [
             () => u.configureWorld({ worldId: '_x' }), () => u.configureWorld({ worldId: 'w'.repeat(257) }), () => u.configureWorld(5),
             () => u.register([{ id: 'x', js: [{ code: '' }] }]), () => u.register([{ id: 'x', matches: ['bad'], js: [{ code: '' }] }]),
             () => u.register([{ id: 'x', matches: ['*://a/*'], js: [{ file: 'missing.js' }] }]), () => u.unregister({ ids: ['zz'] }),
             () => u.register([{ id: 'x', matches: ['*://a/*'], js: [] }]), () => u.register([{ id: 'x', matches: ['*://a/*'], js: [{ file: '../../etc/passwd' }] }]),
           ]) await (async () => call())().then(() => console.log('fine'), e => console.log(e.message.slice(0, 60)));
         })();",
        "",
    );
    run.idle();
    assert_eq!(run.uncaught(), []);
    assert_eq!(
        run.console(),
        [
            r#"bg: [{worldId: "", csp: null, messaging: true}, {worldId: "w", csp: "x", messaging: false}]"#,
            "bg: 1",
            r#"bg: ["adocument_start", "bdocument_idlew"] 1"#,
            "bg: 1",
            "bg: 0",
            "bg: Invalid worldId: _x",
            "bg: Invalid worldId: wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
            "bg: Incorrect argument types for userScripts.configureWorld.",
            "bg: matches or includeGlobs must be specified for user script \"x",
            "bg: Invalid url pattern: bad",
            "bg: Could not load file: 'missing.js'.",
            "bg: User script with id \"zz\" does not exist.",
            "bg: js of user script \"x\" must be a list that is not empty",
            "bg: Could not load file: '../../etc/passwd'.",
        ]
    );
}

#[test]
fn a_stopped_background_is_woken_and_nothing_is_lost() {
    let mut run = Run::new(
        "console.log('start'); browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m)));",
        "document.body.addEventListener('click', () => { const p = browser.runtime.connect(); p.postMessage(1); p.postMessage(2); });",
    );
    let document = run.open();
    run.host.stop_background(run.extension).expect("it runs");
    run.idle();
    run.host.click_body(document).expect("the page is open");
    run.idle();
    assert_eq!(run.console(), ["bg: start", "bg: start", "bg: 1", "bg: 2"]);
    assert_eq!(run.count(|event| matches!(event, HostEvent::BackgroundWoken { .. })), 1);
}

#[test]
fn an_observer_can_stop_the_run() {
    struct Objector;
    impl worldport_quickjs::Observer for Objector {
        fn routed(
            &mut self,
            call: &worldport::Call<worldport_quickjs::Payload>,
            _: &worldport::Outcome<worldport_quickjs::Payload>,
            _: &worldport::Router<worldport_quickjs::Payload>,
        ) -> Result<(), String> {
            match call {
                worldport::Call::Connect { .. } => Err("no connections".to_owned()),
                _ => Ok(()),
            }
        }
    }
    let extension = Extension::from_files([
        ("manifest.json", r#"{"manifest_version": 3, "name": "n", "version": "1", "permissions": ["userScripts"], "host_permissions": ["<all_urls>"], "background": {"scripts": ["bg.js"]}}"#),
        ("bg.js", SETUP),
        ("us.js", "browser.runtime.connect(); for (;;);"),
    ])
    .expect("the extension loads");
    let mut host = worldport_quickjs::Host::new(
        worldport_quickjs::Profile::STANDARD,
        worldport_quickjs::HostOptions::default(),
        Objector,
    );
    host.install(extension).expect("it starts");
    let opened = host.open_document(crate::support::PAGE).map(drop);
    assert_eq!(opened, Err(worldport_quickjs::HostError::Diverged("no connections".to_owned())));
}
