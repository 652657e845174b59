//! The engine's own errors in the words of the browsers' engines.
//!
//! QuickJS says `not a function`; browsers also say what is none, written as in the script. So the
//! place of the error is looked up in the script's text, and the expression there is written down
//! as V8's or SpiderMonkey's printers do. Faults that are not understood keep QuickJS's words.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::{Ctx, Function, Value};

use crate::bridge::Bridge;
use crate::profile::EngineTexts;

mod fault;
mod place;
mod spidermonkey;
mod v8;

use fault::Fault;
use place::Place;

/// The scripts of a realm, for errors that happen in them.
#[derive(Debug)]
pub(crate) struct Sources {
    texts: EngineTexts,
    /// By name, the last first to be looked at.
    files: RefCell<Vec<(String, Rc<str>)>>,
    /// What was said before: scripts throw the same error at the same place many times.
    said: RefCell<HashMap<Spot, Option<String>>>,
}

/// Where an error happened, and QuickJS's words for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Spot {
    file: String,
    line: u32,
    column: u32,
    kind: String,
    message: String,
}

impl Sources {
    pub(crate) fn new(texts: EngineTexts) -> Self {
        Self { texts, files: RefCell::default(), said: RefCell::default() }
    }

    /// Runs a script and remembers its text.
    pub(crate) fn run<'js>(
        &self,
        ctx: &Ctx<'js>,
        file: &str,
        text: &str,
    ) -> rquickjs::Result<Value<'js>> {
        // Neither names nor texts may have a NUL inside the engine.
        let (file, text) = (file.replace('\0', ""), text.replace('\0', "\u{fffd}"));
        if self.texts != EngineTexts::Own {
            self.files.borrow_mut().push((file.clone(), text.as_str().into()));
        }
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some(file);
        ctx.eval_with_options(text, options)
    }

    /// Installs the question for other words.
    pub(crate) fn install(self: &Rc<Self>, bridge: &Bridge<'_, '_>) -> rquickjs::Result<()> {
        let sources = Rc::clone(self);
        let ask = move |kind: String, message: String, file: String, line: u32, column: u32| {
            sources.reword(Spot { file, line, column, kind, message })
        };
        bridge.native.set("engineText", Function::new(bridge.ctx.clone(), ask)?)
    }

    fn reword(&self, spot: Spot) -> Option<String> {
        let fault = Fault::of(&spot.kind, &spot.message)?;
        if let Some(said) = self.said.borrow().get(&spot) {
            return said.clone();
        }
        let files = self.files.borrow();
        let mut named = files.iter().rev().filter(|(file, _)| *file == spot.file);
        let said = named.find_map(|(_, text)| say(self.texts, &fault, &spot, text));
        drop(files);
        self.said.borrow_mut().insert(spot, said.clone());
        said
    }
}

fn say(texts: EngineTexts, fault: &Fault<'_>, spot: &Spot, text: &str) -> Option<String> {
    let place = Place { line: spot.line, column: spot.column, error: &spot.kind };
    place.find(text, fault, |blamed| match texts {
        EngineTexts::Own => None,
        EngineTexts::SpiderMonkey => spidermonkey::say(fault, blamed),
        EngineTexts::V8 => v8::say(fault, blamed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(texts: EngineTexts, text: &str, kind: &str, message: &str, column: u32) -> String {
        let sources = Sources::new(texts);
        sources.files.borrow_mut().push(("a.js".to_owned(), text.into()));
        let (file, kind, message) = ("a.js".to_owned(), kind.to_owned(), message.to_owned());
        let spot = Spot { file, line: 1, column, kind, message: message.clone() };
        sources.reword(spot).unwrap_or(message)
    }

    #[test]
    fn calls_of_what_is_no_function_are_written_as_in_the_script() {
        for (text, at, v8, spidermonkey) in [
            (
                "chrome.runtime.connect(1)",
                ".connect",
                "chrome.runtime.connect",
                "chrome.runtime.connect",
            ),
            (
                "event(s).hasListeners()",
                ".has",
                "event(...).hasListeners",
                "event(...).hasListeners",
            ),
            ("us().x()", ".x", "us(...).x", "us().x"),
            (
                "port(a)[b ?? 'c'].d()",
                ".d",
                "port(...)[(b ?? \"c\")].d",
                "port(...)[(intermediate value)].d",
            ),
            ("new A().b()", ".b", "(intermediate value).b", "(new A()).b"),
            (
                "(x ? y : z)(1)",
                "x",
                "(intermediate value)(intermediate value)(intermediate value)",
                "(intermediate value)",
            ),
            ("event(s)[m](...a.map(b))", ".map", "event(...)[m]", "event(...)[m]"),
            ("a(b.c())", ".c", "b.c", "b.c"),
            ("a(1)(2)", "a", "a(...)", "a(...)"),
            ("a['b'](1)", "a", "a.b", "a.b"),
            ("[1].b()", ".b", "[1].b", "[...].b"),
            ("this.a()", ".a", "this.a", "this.a"),
            ("(0, a.b)()", ".b", "(0 , a.b)", "a.b"),
        ] {
            let column = 1 + text.find(at).expect("the place is in the text") as u32;
            for (texts, shown) in [(EngineTexts::V8, v8), (EngineTexts::SpiderMonkey, spidermonkey)]
            {
                let expected = format!("{shown} is not a function");
                assert_eq!(
                    said(texts, text, "TypeError", "not a function", column),
                    expected,
                    "{text}"
                );
            }
        }
        for texts in [EngineTexts::V8, EngineTexts::SpiderMonkey] {
            let shown = said(texts, "new a.B(1)", "TypeError", "not a function", 5);
            assert_eq!(shown, "a.B is not a constructor");
        }
    }

    #[test]
    fn what_scripts_say_themselves_is_left_alone() {
        for text in ["new TypeError('not a function')", "TypeError('not a function')"] {
            for (texts, column) in [(EngineTexts::V8, 1), (EngineTexts::SpiderMonkey, 5)] {
                let message = "not a function";
                assert_eq!(said(texts, text, "TypeError", message, column), message, "{text}");
            }
        }
        assert_eq!(
            said(EngineTexts::Own, "a()", "TypeError", "not a function", 1),
            "not a function"
        );
    }

    #[test]
    fn members_of_nothing_are_named() {
        let read = "cannot read property 'b' of undefined";
        for (text, expected) in [
            ("a(1).b.c", "can't access property \"b\", a(...) is undefined"),
            ("x = () => y.b; a().b(1)", "can't access property \"b\", a() is undefined"),
            ("undefined.b", "can't access property \"b\" of undefined"),
            ("(q || r).b", "can't access property \"b\" of undefined"),
            ("a[k]", "can't access property \"b\", a is undefined"),
        ] {
            let column = match text {
                "a[k]" => 2,
                "x = () => y.b; a().b(1)" => 16,
                _ => 1,
            };
            assert_eq!(said(EngineTexts::SpiderMonkey, text, "TypeError", read, column), expected);
            let v8 = said(EngineTexts::V8, text, "TypeError", read, column);
            assert_eq!(v8, "Cannot read properties of undefined (reading 'b')", "{text}");
        }
        let set =
            said(EngineTexts::V8, "a.b = 1", "TypeError", "cannot set property 'b' of null", 1);
        assert_eq!(set, "Cannot set properties of null (setting 'b')");
    }

    #[test]
    fn columns_count_bytes_and_lines_end_everywhere() {
        let text = "'ž🐎'; a.b(1)";
        let column = 1 + text.find(".b").expect("it is there") as u32;
        let said = said(EngineTexts::V8, text, "TypeError", "not a function", column);
        assert_eq!(said, "a.b is not a function");
    }

    #[test]
    fn names_before_their_time_and_constants() {
        let cases = [
            (
                "x; let x",
                "ReferenceError",
                "x is not initialized",
                "Cannot access 'x' before initialization",
                "can't access lexical declaration 'x' before initialization",
            ),
            (
                "x = 1",
                "TypeError",
                "'x' is read-only",
                "Assignment to constant variable.",
                "invalid assignment to const 'x'",
            ),
        ];
        for (text, kind, message, v8, spidermonkey) in cases {
            assert_eq!(said(EngineTexts::V8, text, kind, message, 1), v8);
            assert_eq!(said(EngineTexts::SpiderMonkey, text, kind, message, 1), spidermonkey);
        }
    }
}
