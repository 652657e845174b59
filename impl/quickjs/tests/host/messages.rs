//! What arrives of what was sent: the structured clone, JSON, and what cannot be sent.

use crate::support::{Run, logged};
use worldport_quickjs::Profile;

/// The background logs what it gets; the user script sends each of these.
fn arrived(values: &[&str]) -> Vec<String> {
    let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m)));";
    logged(background, &sending(values))
        .into_iter()
        .map(|line| line.replacen("bg: ", "", 1))
        .collect()
}

fn sending(values: &[&str]) -> String {
    let posts = values.iter().map(|value| {
        format!("try {{ p.postMessage({value}); }} catch (e) {{ console.log(e.name + ': ' + e.message); }}\n")
    });
    format!("const p = browser.runtime.connect();\n{}", posts.collect::<String>())
}

#[test]
fn values_arrive_as_they_are() {
    for (sent, expected) in [
        ("undefined", "undefined"),
        ("null", "null"),
        ("-0", "-0"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("1.5", "1.5"),
        ("'a\\u0000b\\u2028'", "a\u{0}b\u{2028}"),
        ("12345678901234567890n", "12345678901234567890n"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("new Date(NaN)", "Invalid Date"),
        ("/a+/gi", "/a+/gi"),
        ("new Map([['k', new Set([1, 2])]])", r#"Map {"k" => Set [1, 2]}"#),
        ("new TypeError('boom')", "TypeError: boom"),
        ("new Uint8Array([1, 2, 255])", "Uint8Array [1, 2, 255]"),
        ("new Float64Array([1.5]).buffer", "ArrayBuffer(8)"),
        ("[1, , 3]", "[1, <empty>, 3]"),
        ("({ u: undefined, x: [true, { y: 'z' }] })", r#"{u: undefined, x: [true, {y: "z"}]}"#),
        ("({ [Symbol('k')]: 1, x: 1 })", "{x: 1}"),
        ("new (class Foo { y = 2; get z() { return 3; } })()", "{y: 2}"),
        ("new String('s')", r#"String("s")"#),
        ("JSON.parse('{\"__proto__\": {\"p\": 1}}')", "{__proto__: {p: 1}}"),
    ] {
        assert_eq!(arrived(&[sent]), [expected], "{sent}");
    }
}

#[test]
fn cycles_and_shared_parts_keep_their_shape() {
    let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m.self === m, m.a === m.b, m.list[0] === m)));";
    let lines = logged(
        background,
        "const s = { x: 1 }; const m = { a: s, b: s, list: [] }; m.self = m; m.list.push(m); browser.runtime.connect().postMessage(m);",
    );
    assert_eq!(lines, ["bg: true true true"]);
}

#[test]
fn what_cannot_be_sent_is_refused_and_the_port_stays_open() {
    for (sent, expected) in [
        ("() => 1", "DataCloneError: Function object could not be cloned."),
        ("({ f() {} })", "DataCloneError: Function object could not be cloned."),
        ("Symbol('s')", "DataCloneError: Symbol object could not be cloned."),
        ("Promise.resolve()", "DataCloneError: Promise object could not be cloned."),
        ("new Proxy({}, {})", "DataCloneError: Proxy object could not be cloned."),
        ("new WeakMap()", "DataCloneError: WeakMap object could not be cloned."),
        ("document.body", "DataCloneError: HTMLBodyElement object could not be cloned."),
        ("window", "DataCloneError: Window object could not be cloned."),
        ("p", "DataCloneError: Object object could not be cloned."),
        ("({ get bad() { throw new RangeError('getter'); } })", "RangeError: getter"),
    ] {
        let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m)));";
        let lines = logged(background, &sending(&[sent, "'after'"]));
        assert_eq!(lines, [format!("us: {expected}"), "bg: after".to_owned()], "{sent}");
    }
}

#[test]
fn depth_is_limited_with_a_clear_error() {
    let nest = |depth: u32| {
        format!(
            "(() => {{ let o = 1; for (let i = 0; i < {depth}; i++) o = {{ o }}; return o; }})()"
        )
    };
    let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => { let n = 0; for (; m.o; m = m.o) n++; console.log(n); }));";
    let lines = logged(background, &sending(&[&nest(100_000), &nest(9_000)]));
    assert_eq!(
        lines,
        ["us: DataCloneError: The message is nested more than 10000 levels deep.", "bg: 9000"]
    );
}

#[test]
fn size_is_limited_with_a_clear_error() {
    let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m.length)));";
    let lines = logged(background, &sending(&["'x'.repeat(67108863)", "'x'.repeat(67108862)"]));
    assert_eq!(
        lines,
        ["us: Error: Message exceeded maximum allowed size of 64MiB.", "bg: 67108862"]
    );
}

#[test]
fn scripts_cannot_tamper_with_the_copying() {
    let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m)));";
    let lines = logged(
        background,
        "const p = browser.runtime.connect();
         Object.prototype.toJSON = Array.prototype.toJSON = () => 'stolen';
         Array.prototype.push = Map.prototype.get = WeakMap.prototype.get = JSON.stringify = Object.keys = () => { throw 'stolen'; };
         p.postMessage({ m: new Map([['k', { z: 1 }]]) });",
    );
    assert_eq!(lines, [r#"bg: {m: Map {"k" => {z: 1}}}"#]);
}

#[test]
fn every_message_has_a_number_of_its_own() {
    let mut run = Run::new(
        "browser.runtime.onUserScriptConnect.addListener(p => { p.postMessage(1); p.onMessage.addListener(() => {}); });",
        "const p = browser.runtime.connect(); p.postMessage(1); p.postMessage(1); browser.runtime.sendMessage(1).catch(() => {});",
    );
    run.open();
    let mut serials: Vec<u32> = run
        .log
        .borrow()
        .events
        .iter()
        .filter_map(|event| match event {
            worldport_quickjs::HostEvent::MessagePosted { serial, .. }
            | worldport_quickjs::HostEvent::RequestSent { serial, .. } => Some(*serial),
            _ => None,
        })
        .collect();
    let count = serials.len();
    serials.sort_unstable();
    serials.dedup();
    assert_eq!((count, serials.len()), (4, 4));
}

#[test]
fn profiles_that_send_json_lose_what_json_lacks() {
    for (sent, expected) in [
        (
            "({ u: undefined, n: NaN, d: new Date(0), m: new Map([[1, 2]]) })",
            "bg: {n: null, d: \"1970-01-01T00:00:00.000Z\", m: {}}",
        ),
        ("undefined", "bg: null"),
        (
            "(() => { const o = {}; o.o = o; return o; })()",
            "us: Error: Could not serialize message.",
        ),
        ("() => 1", "us: Error: Could not serialize message."),
        ("10n", "us: Error: Could not serialize message."),
    ] {
        let background = "browser.runtime.onUserScriptConnect.addListener(p => p.onMessage.addListener(m => console.log(m)));";
        let mut run = Run::with_profile(
            Profile::CHROMIUM,
            crate::support::SETUP,
            background,
            &sending(&[sent]),
        );
        run.open();
        assert_eq!(run.console(), [expected], "{sent}");
    }
}
