//! Messages and scripts that mean harm: each meets an error that it can catch, or is stopped, or arrives as
//! it would in a browser; the port goes on, and the host does not fall.

use worldport_quickjs::{ErrorKind, Extension, Host, HostError, HostOptions, Profile};

use crate::support::{Run, SETUP};

/// The background says what it got; after each hostile message it must still get another.
const BACKGROUND: &str = "browser.runtime.onUserScriptConnect.addListener(p => {
  p.onMessage.addListener(m => console.log(typeof m === 'object' && m !== null ? `${Object.keys(m).length} members` : m.length > 99 ? `${m.length} units` : m));
  p.onDisconnect.addListener(() => console.log('gone'));
});";

/// What a hostile message comes to. Every one is followed by an ordinary message that must arrive.
#[derive(Clone, Copy)]
enum End {
    /// It arrives, as this.
    Arrives(&'static str),
    /// Its sender is told this.
    Throws(&'static str),
    /// Its script is stopped.
    Stopped,
}
use End::{Arrives, Stopped, Throws};

const UNSERIALISABLE: End = Throws("Error: Could not serialize message.");
const TOO_LARGE: End = Throws("Error: Message exceeded maximum allowed size of 64MiB.");
const TOO_DEEP: End = Throws("DataCloneError: The message is nested more than 10000 levels deep.");
const PROXY: End = Throws("DataCloneError: Proxy object could not be cloned.");
const BUFFER: End = Throws("DataCloneError: ArrayBuffer object could not be cloned.");
const VIEW: End = Throws("DataCloneError: Uint8Array object could not be cloned.");
const FUNCTION: End = Throws("DataCloneError: Function object could not be cloned.");

/// Posts the value of an expression, in which `p` is the port, and compares what happens with what
/// should: where messages are cloned, and where they are JSON.
fn check(rows: &[(&str, End, End)]) {
    for &(value, cloned, json) in rows {
        for (profile, end) in [(Profile::STANDARD, cloned), (Profile::CHROMIUM, json)] {
            let name = profile.name;
            let script = format!(
                "const p = browser.runtime.connect();
                 setTimeout(() => p.postMessage('after'), 1);
                 try {{ p.postMessage({value}); }} catch (e) {{ console.log(`${{e.name}}: ${{e.message}}`); }}"
            );
            let namespace = format!("{}.", profile.namespace);
            let script = script.replace("browser.", &namespace);
            let mut run = Run::with_profile(profile, SETUP, BACKGROUND, &script);
            run.open();
            let after = "bg: after".to_owned();
            let kinds: Vec<ErrorKind> = run.uncaught().iter().map(|error| error.kind).collect();
            let (lines, uncaught) = match end {
                Arrives(what) => (vec![format!("bg: {what}"), after], vec![]),
                Throws(text) => (vec![format!("us: {text}"), after], vec![]),
                Stopped => (vec![after], vec![ErrorKind::Interrupted]),
            };
            assert_eq!((run.console(), kinds), (lines, uncaught), "{name}: {value}");
        }
    }
}

#[test]
fn getters_and_conversions_may_do_as_they_like() {
    let again = "(() => { const m = { get a() { p.postMessage(m); return 1; } }; return m; })()";
    let to_json = "(() => { const m = { toJSON() { p.postMessage(m); return 1; } }; return m; })()";
    let deeper =
        "(() => { const m = { toJSON() { return { m: { __proto__: m } }; } }; return m; })()";
    check(&[
        (
            "({ get a() { throw new RangeError('mine'); } })",
            Throws("RangeError: mine"),
            UNSERIALISABLE,
        ),
        ("({ get a() { for (;;); } })", Stopped, Stopped),
        (again, Throws("RangeError: Maximum call stack size exceeded"), UNSERIALISABLE),
        (to_json, FUNCTION, UNSERIALISABLE),
        (deeper, FUNCTION, UNSERIALISABLE),
        (
            "({ get a() { delete this.b; return 1; }, b: 2 })",
            Arrives("1 members"),
            Arrives("1 members"),
        ),
    ]);
}

#[test]
fn a_getter_that_posts_is_first_and_one_that_closes_the_port_is_too_late() {
    let mut run = Run::new(
        BACKGROUND,
        "const p = browser.runtime.connect(); p.postMessage({ get a() { p.postMessage('inner'); return 1; } });
         try { p.postMessage({ get a() { p.disconnect(); return 1; } }); } catch (e) { console.log(e.message); }",
    );
    run.open();
    let closed = "us: Attempt to postMessage on disconnected port";
    assert_eq!(run.console(), [closed, "bg: inner", "bg: 1 members", "bg: gone"]);
    assert_eq!(run.uncaught(), []);
}

#[test]
fn proxies_are_refused_or_asked() {
    let of_proxies =
        "(() => { let x = {}; for (let i = 0; i < 50000; i++) x = new Proxy(x, {}); return x; })()";
    let endless = "new Proxy({}, { ownKeys: () => ['a', 'b'],
      getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
      get(target, key) { return key === 'toJSON' ? undefined : new Proxy(target, this); } })";
    check(&[
        ("new Proxy({ a: 1 }, {})", PROXY, Arrives("1 members")),
        ("({ a: new Proxy([], {}) })", PROXY, Arrives("1 members")),
        ("new Proxy({}, { ownKeys() { throw 1; } })", PROXY, UNSERIALISABLE),
        (
            "(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy; })()",
            PROXY,
            UNSERIALISABLE,
        ),
        (of_proxies, PROXY, UNSERIALISABLE),
        (endless, PROXY, UNSERIALISABLE),
    ]);
}

/// The structured clone of HTML refuses buffers that are detached and views that are out of bounds; JSON
/// sees no buffers.
#[test]
fn buffers_that_are_gone_are_refused() {
    let shrunk = "(() => { const b = new ArrayBuffer(8, { maxByteLength: 16 }); const v = new Uint8Array(b, 4, 4); b.resize(2); return v; })()";
    let while_read = "(() => { const b = new ArrayBuffer(8); return { get a() { b.transfer(); return 1; }, b }; })()";
    let nothing = Arrives("0 members");
    check(&[
        ("(() => { const b = new ArrayBuffer(8); b.transfer(); return b; })()", BUFFER, nothing),
        (
            "(() => { const v = new Uint8Array(8); v.buffer.transfer(); return v; })()",
            VIEW,
            nothing,
        ),
        (while_read, BUFFER, Arrives("2 members")),
        (shrunk, VIEW, nothing),
        ("new Uint8Array(0)", nothing, nothing),
    ]);
}

#[test]
fn cycles_and_depth_have_an_end() {
    let nested = |levels: u32, step: &str| {
        format!(
            "(() => {{ let o = []; for (let i = 0; i < {levels}; i++) o = {step}; return o; }})()"
        )
    };
    check(&[
        ("(() => { const m = {}; m.m = m; return m; })()", Arrives("1 members"), UNSERIALISABLE),
        (
            "(() => { const m = new Map(); m.set(m, new Set([m])); return m; })()",
            Arrives("0 members"),
            Arrives("0 members"),
        ),
        (&nested(100_000, "{ o }"), TOO_DEEP, UNSERIALISABLE),
        (&nested(100_000, "[o]"), TOO_DEEP, UNSERIALISABLE),
        (&nested(500, "{ o }"), Arrives("1 members"), Arrives("1 members")),
    ]);
}

/// What the sender could write down the receiver can read: a message is refused or delivered, at any depth.
#[test]
fn a_message_that_is_sent_can_be_read() {
    for profile in [Profile::STANDARD, Profile::CHROMIUM] {
        let script = format!(
            "const p = {}.runtime.connect(); let sent = 0;
             for (let depth = 200; depth < 12000; depth += 200) setTimeout(() => {{
               let o = []; for (let i = 0; i < depth; i++) o = i % 2 ? {{ o }} : [o];
               try {{ p.postMessage(o); sent++; }} catch {{}}
             }}, depth);
             setTimeout(() => {{ console.log(sent); p.postMessage('count'); }}, 15000);",
            profile.namespace
        );
        let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => m === 'count' ? console.log(got) : got++));
          let got = 0;";
        let mut run = Run::with_profile(profile, SETUP, background, &script);
        run.open();
        let console = run.console();
        let count = |who: &str| {
            let line = console.iter().find_map(|line| line.strip_prefix(who)?.parse::<u32>().ok());
            line.unwrap_or_else(|| panic!("{console:?}"))
        };
        assert_eq!(run.uncaught(), []);
        assert_eq!(count("us: "), count("bg: "));
        assert!((2..59).contains(&count("us: ")), "{console:?}");
    }
}

/// A small object can stand for a text without end: it is refused while it is written down.
#[test]
fn size_has_an_end_before_memory_has() {
    let doubled = "(() => { let m = 'x'.repeat(1 << 20); for (let i = 0; i < 30; i++) m = [m, m]; return m; })()";
    let empty = "(() => { const a = []; a.length = 4294967295; return a; })()";
    check(&[
        ("new ArrayBuffer(256 * 1024 * 1024)", TOO_LARGE, Arrives("0 members")),
        ("'x'.repeat(64 * 1024 * 1024 - 1)", TOO_LARGE, TOO_LARGE),
        ("'\"'.repeat(40 * 1024 * 1024)", TOO_LARGE, TOO_LARGE),
        ("Array(200).fill('x'.repeat(1 << 20))", TOO_LARGE, TOO_LARGE),
        // A clone writes what is shared once.
        (doubled, Arrives("2 members"), TOO_LARGE),
        (empty, Arrives("0 members"), Stopped),
        ("'\\u2028'.repeat(100)", Arrives("100 units"), Arrives("100 units")),
    ]);
}

#[test]
fn the_engine_s_own_loops_are_stopped_where_they_call_scripts() {
    check(&[
        ("[1, 2, 3].sort(() => { for (;;); })", Stopped, Stopped),
        ("/(a+)+$/.test('a'.repeat(40) + 'b')", Stopped, Stopped),
        ("(() => { const a = []; for (;;) a.push(new Uint8Array(1 << 26)); })()", MEMORY, MEMORY),
    ]);
}
const MEMORY: End = Throws("InternalError: out of memory");

/// Two scripts that answer each other for ever: the run ends with an error, and the host can be used.
#[test]
fn an_endless_conversation_ends_the_run_and_not_the_host() {
    let files = [
        (
            "manifest.json",
            r#"{ "manifest_version": 3, "name": "t", "version": "1", "permissions": ["userScripts"],
                 "host_permissions": ["<all_urls>"], "background": { "scripts": ["setup.js", "bg.js"] } }"#,
        ),
        ("setup.js", SETUP),
        (
            "bg.js",
            "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => p.postMessage(m)));",
        ),
        (
            "us.js",
            "const p = browser.runtime.connect(); p.onMessage.addListener(m => p.postMessage(m)); p.postMessage(1);",
        ),
    ];
    let extension = Extension::from_files(files).expect("the extension loads");
    let options = HostOptions { steps: 1_000, ..HostOptions::default() };
    let mut host = Host::new(Profile::STANDARD, options, ());
    let id = host.install(extension).expect("the extension starts");
    host.run_until_idle().expect("the run comes to rest");
    let document = host.open_document("https://example.com/").expect("the page opens");
    let ended = host.run_until_idle();
    assert!(matches!(ended, Err(HostError::NotIdle(1_000))), "{ended:?}");
    host.close(document).expect("it is open");
    host.run_until_idle().expect("nobody answers any more");
    host.uninstall(id).expect("it is installed");
    assert!(host.with_router(|router| router.is_consistent()));
}

#[test]
fn names_and_options_may_do_as_they_like() {
    for (script, line) in [
        ("browser.runtime.connect({ get name() { p.disconnect(); return 'x'; } })", "bg: gone"),
        (
            "browser.runtime.connect({ name: 'x'.repeat(1 << 25) })",
            "us: A limit was reached: bytes in a name.",
        ),
    ] {
        let script = format!(
            "const p = browser.runtime.connect(); try {{ {script}; }} catch (e) {{ console.log(e.message); }}"
        );
        let mut run = Run::new(BACKGROUND, &script);
        run.open();
        assert_eq!((run.console(), run.uncaught()), (vec![line.to_owned()], vec![]), "{script}");
    }
}
