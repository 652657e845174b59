//! One-time messages and their replies.

use worldport_quickjs::Profile;

use crate::support::{Run, SETUP, logged};

const ASK: &str = "browser.runtime.sendMessage('q').then(v => console.log('resolved', v), e => console.log('rejected', e.message));";

/// What the sender sees when the background has these listeners.
fn reply(listeners: &[&str]) -> Vec<String> {
    let add = listeners
        .iter()
        .map(|l| format!("browser.runtime.onUserScriptMessage.addListener({l});\n"));
    let mut run = Run::new(&add.collect::<String>(), ASK);
    run.open();
    run.host.collect_garbage();
    run.idle();
    run.console()
}

#[test]
fn listeners_answer_in_every_way() {
    for (listener, expected) in [
        ("(m, s, answer) => answer(m + s.url)", "resolved qhttps://example.com/"),
        (
            "(m, s, answer) => { setTimeout(() => answer('later'), 100); return true; }",
            "resolved later",
        ),
        ("() => Promise.resolve({ a: [1] })", "resolved {a: [1]}"),
        ("async () => 'async'", "resolved async"),
        ("async () => { throw new Error('async no'); }", "rejected async no"),
        ("() => {}", "resolved undefined"),
        ("() => 'ignored'", "resolved undefined"),
        ("(m, s, answer) => { answer(1); answer(2); }", "resolved 1"),
        ("() => true", "rejected The message channel closed before a response was received."),
    ] {
        assert_eq!(reply(&[listener]), [format!("us: {expected}")], "{listener}");
    }
}

#[test]
fn nobody_listens() {
    assert_eq!(
        reply(&[]),
        ["us: rejected Could not establish connection. Receiving end does not exist."]
    );
}

#[test]
fn a_throw_rejects_with_its_message() {
    assert_eq!(reply(&["() => { throw new Error('no'); }"]), ["us: rejected no"]);
}

#[test]
fn the_first_answer_counts() {
    let silent = "() => console.log('heard')";
    assert_eq!(
        reply(&[silent, "(m, s, answer) => answer('first')", "async () => 'second'"]),
        ["bg: heard", "us: resolved first"]
    );
}

#[test]
fn the_callback_form_reports_through_last_error() {
    let lines = logged(
        "browser.runtime.onUserScriptMessage.addListener((m, s, answer) => answer(m + 1));",
        "browser.runtime.sendMessage(1, v => console.log('callback', v));",
    );
    assert_eq!(lines, ["us: callback 2"]);
}

#[test]
fn a_reply_that_cannot_be_sent_throws_or_answers_or_both() {
    let listener = "browser.runtime.onUserScriptMessage.addListener((m, s, answer) => {
        for (const value of [() => 1, 'better'])
          try { answer(value); console.log('returned'); } catch (e) { console.log(e.name, e.message); }
        return true;
      });";
    for (profile, expected) in [
        (
            Profile::STANDARD,
            ["DataCloneError Function object could not be cloned.", "returned", "resolved better"],
        ),
        (
            Profile::CHROMIUM,
            [
                "TypeError Could not serialize message.",
                "returned",
                "rejected Could not serialize message.",
            ],
        ),
        (
            Profile::FIREFOX,
            [
                "returned",
                "returned",
                "rejected Could not establish connection. Receiving end does not exist.",
            ],
        ),
    ] {
        let name = profile.name;
        let mut run = Run::with_profile(profile, SETUP, listener, ASK);
        run.open();
        assert_eq!(run.uncaught(), [], "{name}");
        let [bad, better, reply] = expected;
        let expected = [format!("bg: {bad}"), format!("bg: {better}"), format!("us: {reply}")];
        assert_eq!(run.console(), expected, "{name}");
    }
}

#[test]
fn arguments_are_checked() {
    let lines = logged(
        "",
        "for (const args of [[], [1, 2, 3, 4], ['other', 1]]) { try { browser.runtime.sendMessage(...args); } catch (e) { console.log(e.message); } }
         try { browser.runtime.sendMessage(() => 1); } catch (e) { console.log(e.message); }",
    );
    assert_eq!(
        lines,
        [
            "us: runtime.sendMessage's message argument is missing",
            "us: runtime.sendMessage received too many arguments",
            "us: extensionId is not supported",
            "us: Function object could not be cloned.",
        ]
    );
}
