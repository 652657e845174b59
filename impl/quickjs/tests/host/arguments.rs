//! What calls with wrong arguments say, by profile: thrown or rejected, which error, which words.

use worldport_quickjs::Profile;

use crate::support::{Run, SETUP};

/// Each call's outcome in the background of a profile: `thrown`, `rejected` or `fine`.
fn outcomes(profile: &Profile, calls: &[&str]) -> Vec<String> {
    let calls = calls.iter().map(|call| format!("() => {call},\n")).collect::<String>();
    let background = format!(
        "const r = browser.runtime, u = browser.userScripts, e = r.onUserScriptConnect;
         (async () => {{
           for (const call of [{calls}]) {{
             let answer;
             try {{ answer = call(); }} catch (e) {{ console.log('thrown ' + e.name + ': ' + e.message); continue; }}
             await Promise.resolve(answer).then(() => console.log('fine'), e => console.log('rejected ' + e.message));
           }}
         }})();"
    );
    let run = Run::with_profile(profile.clone(), SETUP, &background, "");
    assert_eq!(run.uncaught(), []);
    run.console().into_iter().map(|line| line.replacen("bg: ", "", 1)).collect()
}

/// A call, and what it comes to where arguments are checked by signature and by schema.
type Row = (&'static str, &'static str, &'static str);

const CONNECT: &str = "Error in invocation of runtime.connect(optional string extensionId, optional object connectInfo): ";
const CONFIGURE: &str = "Error in invocation of userScripts.configureWorld(userScripts.WorldProperties properties, optional function callback): ";
const REGISTER: &str =
    "Error in invocation of userScripts.register(array scripts, optional function callback): ";

fn check(rows: &[Row]) {
    let calls: Vec<&str> = rows.iter().map(|row| row.0).collect();
    let by_signature = outcomes(&Profile::CHROMIUM, &calls);
    let by_schema = outcomes(&Profile::FIREFOX, &calls);
    assert_eq!((by_signature.len(), by_schema.len()), (rows.len(), rows.len()));
    for (place, (call, signature, schema)) in rows.iter().enumerate() {
        let signature = signature
            .replace("CONNECT ", CONNECT)
            .replace("CONFIGURE ", CONFIGURE)
            .replace("REGISTER ", REGISTER);
        assert_eq!(by_signature[place], signature, "{call} by signature");
        assert_eq!(by_schema[place], *schema, "{call} by schema");
    }
}

#[test]
fn every_kind_of_value_is_named() {
    let expected = |value: &str, found: &str, shown: &str| {
        let call = format!("r.connect({{ name: {value} }})");
        let calls = [call.as_str()];
        let signature = format!(
            "thrown TypeError: {CONNECT}Error at parameter 'connectInfo': Error at property 'name': \
             Invalid type: expected string, found {found}."
        );
        assert_eq!(outcomes(&Profile::CHROMIUM, &calls), [signature], "{value}");
        let schema = format!(
            "thrown Error: Type error for parameter connectInfo (Error processing name: Expected \
             string instead of {shown}) for runtime.connect."
        );
        assert_eq!(outcomes(&Profile::FIREFOX, &calls), [schema], "{value}");
    };
    for (value, found, shown) in [
        ("5", "integer", "5"),
        ("1.5", "number", "1.5"),
        ("4294967296", "number", "4294967296"),
        ("true", "boolean", "true"),
        ("[1]", "array", "[1]"),
        ("{ x: 1 }", "object", "{\"x\":1}"),
        ("() => 1", "function", "undefined"),
        ("Symbol()", "other", "undefined"),
    ] {
        expected(value, found, shown);
    }
}

#[test]
fn arguments_find_their_parameters() {
    let row = |call, signature, schema| (call, signature, schema);
    let none = "thrown TypeError: CONNECT No matching signature.";
    let types = "thrown Error: Incorrect argument types for runtime.connect.";
    check(&[
        row("r.connect()", "fine", "fine"),
        row("r.connect(null, undefined)", "fine", "fine"),
        row("r.connect({ name: null, includeTlsChannelId: true })", "fine", "fine"),
        row("r.connect(r.id, { name: 'own' })", "fine", "fine"),
        row("r.connect(5)", none, types),
        row("r.connect({}, {})", none, types),
        row("r.connect(() => 1)", none, types),
        row("r.connect({}, null, 1)", none, types),
        row(
            "r.connect({ bogus: 1, more: 2 })",
            "thrown TypeError: CONNECT Error at parameter 'connectInfo': Unexpected property: 'bogus'.",
            "thrown Error: Type error for parameter connectInfo (Unexpected properties: bogus, more) for runtime.connect.",
        ),
        row(
            "r.connect('not-an-id')",
            "thrown TypeError: CONNECT Invalid extension id: 'not-an-id'",
            "thrown Error: extensionId is not supported",
        ),
    ]);
}

#[test]
fn user_script_calls_throw_what_is_wrong_with_the_call_and_reject_the_rest() {
    check(&[
        (
            "u.configureWorld()",
            "thrown TypeError: CONFIGURE No matching signature.",
            "thrown Error: Incorrect argument types for userScripts.configureWorld.",
        ),
        (
            "u.configureWorld({ messaging: 'yes' })",
            "thrown TypeError: CONFIGURE Error at parameter 'properties': Error at property 'messaging': Invalid type: expected boolean, found string.",
            "thrown Error: Type error for parameter properties (Error processing messaging: Expected boolean instead of \"yes\") for userScripts.configureWorld.",
        ),
        (
            "u.configureWorld({ worldId: '_x' })",
            "rejected World IDs beginning with '_' are reserved.",
            "rejected Invalid worldId: _x",
        ),
        (
            "u.register([{ id: 'a', js: [], matches: ['*://a/*', 5] }])",
            "thrown TypeError: REGISTER Error at parameter 'scripts': Error at index 0: Error at property 'matches': Error at index 1: Invalid type: expected string, found integer.",
            "thrown Error: Type error for parameter scripts (Error processing 0.matches.1: Expected string instead of 5) for userScripts.register.",
        ),
        (
            "u.register([{ matches: [] }])",
            "thrown TypeError: REGISTER Error at parameter 'scripts': Error at index 0: Missing required property 'id'.",
            "thrown Error: Type error for parameter scripts (Error processing 0: Property \"id\" is required) for userScripts.register.",
        ),
        (
            "u.register([{ id: 'a', js: [], world: 'X' }])",
            "thrown TypeError: REGISTER Error at parameter 'scripts': Error at index 0: Error at property 'world': Value must be one of MAIN, USER_SCRIPT.",
            "thrown Error: Type error for parameter scripts (Error processing 0.world: Invalid enumeration value \"X\") for userScripts.register.",
        ),
        (
            "u.register([{ id: '_a', js: [] }])",
            "rejected Script's ID '_a' must not start with '_'",
            "rejected Invalid id for RegisteredUserScript.",
        ),
        (
            "new Promise(done => u.getScripts(null, done)).then(s => { if (s[0].id !== 'us') throw s; })",
            "fine",
            "fine",
        ),
    ]);
}

/// What `register` says of one script with these members besides its id, `a`.
fn registered(profile: &Profile, rows: &[(&str, &str)]) {
    let calls: Vec<String> =
        rows.iter().map(|(members, _)| format!("u.register([{{ id: 'a', {members} }}])")).collect();
    let seen = outcomes(profile, &calls.iter().map(String::as_str).collect::<Vec<_>>());
    for ((members, expected), seen) in rows.iter().zip(&seen) {
        let expected = expected
            .replace("SCHEMA ", "thrown Error: Type error for parameter scripts (Error processing ")
            .replace(" CALL", ") for userScripts.register.");
        assert_eq!(*seen, expected, "{} {members}", profile.name);
    }
    assert_eq!(seen.len(), rows.len());
}

#[test]
fn late_checks_of_a_script_reject_in_order() {
    let place = |of: &str, fault: &str| {
        format!("rejected Script with ID 'a' has invalid value for {of}: {fault}")
    };
    let [scheme, port, excluded] = [
        place("matches[1]", "Invalid scheme."),
        place("matches[0]", "Invalid port."),
        place("exclude_matches[0]", "Invalid host wildcard."),
    ];
    registered(
        &Profile::CHROMIUM,
        &[
            ("includeGlobs: ['*']", "rejected User script with ID 'a' must specify 'matches'."),
            (
                "matches: ['bad']",
                "rejected User script with ID 'a' must specify at least one js source.",
            ),
            (
                "matches: ['bad'], js: [{ code: '', file: 'us.js' }]",
                "rejected User script with ID 'a' must specify exactly one of 'code' or 'file' as a js source.",
            ),
            (
                "matches: [], js: [{ file: 'missing.js' }]",
                "rejected Script with ID 'a' must specify at least one match.",
            ),
            ("matches: ['*://a/', 'foo://a/'], js: [{ code: '' }]", &scheme),
            ("matches: ['*://a:80/'], js: [{ code: '' }]", &port),
            ("matches: ['<all_urls>'], excludeMatches: ['*://a*/'], js: [{ code: '' }]", &excluded),
            (
                "matches: ['*://a/'], js: [{ file: 'missing.js' }]",
                "rejected Could not load javascript 'missing.js' for script.",
            ),
            (
                "js: [], runAt: 'never'",
                "thrown TypeError: Error in invocation of userScripts.register(array scripts, optional function callback): Error at parameter 'scripts': Error at index 0: Error at property 'runAt': Value must be one of document_end, document_idle, document_start.",
            ),
            ("matches: ['*://a/'], js: [{ code: '' }]", "fine"),
            ("", "rejected Duplicate script ID 'a'"),
        ],
    );
}

#[test]
fn a_closed_schema_names_everything_that_a_value_may_be() {
    let pattern = r#"SCHEMA 0.matches.0: Value "bad" must either: be one of ["<all_urls>"], must either [match the pattern /^(https?|wss?|file|ftp|\*):\/\/(\*|\*\.[^*/]+|[^*/]+)\/.*$/, or match the pattern /^file:\/\/\/.*$/], or match the pattern /^resource:\/\/(\*|\*\.[^*/]+|[^*/]+)\/.*$|^about:/ CALL"#;
    registered(
        &Profile::FIREFOX,
        &[
            ("matches: ['bad']", "SCHEMA 0: Property \"js\" is required CALL"),
            ("js: [], matches: ['bad']", pattern),
            ("js: [], matches: [5]", "SCHEMA 0.matches.0: Expected string instead of 5 CALL"),
            ("js: []", "rejected matches or includeGlobs must be specified."),
            (
                "js: [{}]",
                "SCHEMA 0.js.0: Value must either: contain the required \"file\" property, or contain the required \"code\" property CALL",
            ),
            (
                "js: [{ code: '', file: '' }]",
                "SCHEMA 0.js.0: Value must either: not contain an unexpected \"code\" property, or not contain an unexpected \"file\" property CALL",
            ),
            (
                "js: [{ code: 5 }]",
                "SCHEMA 0.js.0: Value must either: contain the required \"file\" property, or .code must be a string value CALL",
            ),
            (
                "js: [{ code: '', x: 1, y: 1 }]",
                "SCHEMA 0.js.0: Value must either: contain the required \"file\" property, or not contain the unexpected properties [x, y] CALL",
            ),
            ("js: [5]", "SCHEMA 0.js.0: Expected object instead of 5 CALL"),
            ("js: [], matches: ['http://a:80/*']", "rejected Invalid url pattern: http://a:80/*"),
            ("js: [], includeGlobs: ['*']", "fine"),
            ("js: []", "rejected User script with id \"a\" is already registered."),
        ],
    );
}

#[test]
fn unregister_refuses_or_passes_over_what_it_does_not_know() {
    let calls = [
        "u.unregister({ ids: ['us', 'nope'] })",
        "u.getScripts().then(s => { if (s.length) throw new Error('it is there'); })",
        "u.unregister({ ids: ['nope'] })",
    ];
    for (profile, expected) in [
        (
            &Profile::STANDARD,
            [
                "rejected User script with id \"nope\" does not exist.",
                "rejected it is there",
                "rejected User script with id \"nope\" does not exist.",
            ],
        ),
        (
            &Profile::CHROMIUM,
            [
                "rejected Nonexistent script ID 'nope'",
                "rejected it is there",
                "rejected Nonexistent script ID 'nope'",
            ],
        ),
        (&Profile::FIREFOX, ["fine", "fine", "fine"]),
    ] {
        assert_eq!(outcomes(profile, &calls), expected, "{}", profile.name);
    }
}

#[test]
fn some_browsers_take_plain_objects_only() {
    let refused = |what: &str| {
        format!("thrown Error: Type error for parameter connectInfo ({what}) for runtime.connect.")
    };
    let class = |name: &str| refused(&format!("Expected a plain JavaScript object, got a {name}"));
    for (info, expected) in [
        ("new Map()", class("Map")),
        ("new Date()", class("Date")),
        ("new TypeError('x')", class("TypeError")),
        ("new (class Own extends RangeError {})()", class("RangeError")),
        ("Promise.resolve()", class("Promise")),
        ("new Proxy({}, {})", class("Proxy")),
        ("new Uint16Array(1)", class("Uint16Array")),
        ("new (class Own {})()", "fine".to_owned()),
        ("Object.create(null)", "fine".to_owned()),
        ("{ get name() { throw new Error('it ran'); } }", "fine".to_owned()),
        ("{ get bad() { throw 1; }, x: 1 }", refused("Unexpected property \"x\"")),
    ] {
        let call = format!("r.connect({info})");
        assert_eq!(outcomes(&Profile::FIREFOX, &[&call]), [expected], "{info}");
    }
    let calls =
        ["r.connect(new Map())", "r.connect({ get name() { throw new Error('it ran'); } })"];
    assert_eq!(outcomes(&Profile::STANDARD, &calls), ["fine", "thrown Error: it ran"]);
}

#[test]
fn native_functions_count_and_convert() {
    let invalid = "thrown Error: Invalid listener for runtime.onUserScriptConnect.";
    let few = "thrown TypeError: Insufficient number of arguments.";
    check(&[
        ("e.addListener()", "fine", invalid),
        ("e.addListener({})", "fine", invalid),
        ("e.removeListener('x')", "fine", invalid),
        (
            "e.addListener(() => {}, undefined)",
            "thrown TypeError: This event does not support filters",
            "thrown Error: Incorrect argument types for runtime.onUserScriptConnect.",
        ),
        ("e.hasListener()", few, invalid),
        (
            "e.hasListener('x')",
            "thrown TypeError: Error processing argument at index 0, conversion failure from x",
            invalid,
        ),
        ("r.connect().postMessage()", few, "fine"),
        (
            "e.nothing()",
            "thrown TypeError: e.nothing is not a function",
            "thrown TypeError: e.nothing is not a function",
        ),
        (
            "r.zz.addListener(1)",
            "thrown TypeError: Cannot read properties of undefined (reading 'addListener')",
            "thrown TypeError: can't access property \"addListener\", r.zz is undefined",
        ),
    ]);
}

#[test]
fn worlds_say_what_their_browser_says() {
    let calls = "for (const call of [
        () => browser.runtime.sendMessage(), () => browser.runtime.sendMessage('x', 'y'),
        () => browser.runtime.sendMessage(1, 2, 3, 4), () => browser.runtime.sendMessage(() => 1),
        () => browser.runtime.connect('a'.repeat(32)), () => browser.runtime.connect('', {}),
        () => browser.runtime.sendMessage(Symbol()),
      ]) try { call(); console.log('fine'); } catch (e) { console.log(e.message.replace(/^Error in invocation of .*\\): /, 'in: ')); }";
    let seen = |profile: Profile| {
        let background = "browser.runtime.onUserScriptConnect.addListener(() => {});";
        let mut run = Run::with_profile(profile, SETUP, background, calls);
        run.open();
        run.console()
    };
    assert_eq!(
        seen(Profile::CHROMIUM),
        [
            "us: in: No matching signature.",
            "us: in: Invalid extension id: 'x'",
            "us: in: No matching signature.",
            "us: in: Could not serialize message.",
            "us: in: User scripts may not message external extensions.",
            "us: fine",
            "us: in: Could not serialize message.",
        ]
    );
    assert_eq!(
        seen(Profile::FIREFOX),
        [
            "us: runtime.sendMessage's message argument is missing",
            "us: runtime.sendMessage received too many arguments",
            "us: runtime.sendMessage received too many arguments",
            "us: runtime.sendMessage's message argument is missing",
            "us: extensionId is not supported",
            "us: extensionId is not supported",
            "us: An unexpected error occurred",
        ]
    );
}
