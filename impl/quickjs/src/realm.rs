//! A realm: one engine with one set of globals, for one world or page.
//!
//! Every realm has an engine of its own (a QuickJS runtime, not only a context): a heap that can be
//! limited and freed as a whole, a queue of microtasks that nobody else drains, and no way for a
//! value to reach another realm except as a message.

use std::cell::Cell;
use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::function::{Args, IntoArgs};
use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Exception, FromJs, Function, Object, Persistent,
    Runtime, Value,
};
use serde::Serialize;
use worldport::ContextId;

use crate::bridge::Bridge;
use crate::core::SharedCore;
use crate::engine_text::Sources;
use crate::events::{ErrorKind, HostEvent, ScriptError};
use crate::natives;
use crate::profile::ScriptProfile;
use crate::script_error::{self, HOST_FILE};
use crate::url::Location;

/// The JavaScript side of the host, as one function. The order is that of use at start.
const PRELUDE: &str = concat!(
    "(function (native, profile, info) { 'use strict'; const HOST_FILE = 'worldport:host';\n",
    include_str!("js/primordials.js"),
    include_str!("js/errors.js"),
    include_str!("js/engine.js"),
    include_str!("js/schema.js"),
    include_str!("js/arguments.js"),
    include_str!("js/codec.js"),
    include_str!("js/events.js"),
    include_str!("js/ports.js"),
    include_str!("js/describe.js"),
    include_str!("js/requests.js"),
    include_str!("js/runtime.js"),
    include_str!("js/console.js"),
    include_str!("js/timers.js"),
    include_str!("js/document.js"),
    include_str!("js/web.js"),
    include_str!("js/page.js"),
    include_str!("js/entry.js"),
    "})",
);

/// Microtasks that may follow one another before the host gives up on a realm that never comes to
/// rest.
const MICROTASKS: u32 = 1_000_000;

/// How much of the machine one realm may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealmLimits {
    /// Bytes of heap; `None`: as much as there is.
    pub memory: Option<usize>,
    /// Bytes of stack. Recursion beyond it throws an error that scripts can catch.
    pub stack: usize,
    /// How long a script may run without a pause, in units of about ten thousand jumps and calls;
    /// `None`: for ever.
    pub steps: Option<u32>,
}

impl Default for RealmLimits {
    /// 1 GiB of heap, 512 KiB of stack, and a few seconds of a script that never pauses.
    fn default() -> Self {
        Self { memory: Some(1 << 30), stack: 512 * 1024, steps: Some(10_000) }
    }
}

/// What a realm's scripts are to find.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RealmInfo<'a> {
    pub(crate) id: &'a str,
    pub(crate) base_url: &'a str,
    pub(crate) manifest: String,
    pub(crate) api: Vec<&'static str>,
    pub(crate) location: Option<Location>,
    /// A service worker, which has `importScripts`.
    pub(crate) worker: bool,
    /// A user-script world.
    pub(crate) world: bool,
    /// How messages are written down.
    pub(crate) codec: &'static str,
    /// Bytes that a message may have.
    pub(crate) message_bytes: usize,
}

/// How long the script that runs now may go on.
#[derive(Debug, Default)]
struct Budget {
    used: Cell<u32>,
    exceeded: Cell<bool>,
}

pub(crate) struct Realm {
    // Dropped in this order: what lives in the heap before the heap.
    entry: Persistent<Object<'static>>,
    context: Context,
    runtime: Runtime,
    budget: Rc<Budget>,
    core: SharedCore,
    id: ContextId,
    /// What its scripts are made of.
    sources: Rc<Sources>,
    /// It did not come to rest; its scripts are not run any more.
    stalled: Cell<bool>,
}

impl Realm {
    pub(crate) fn new(
        core: &SharedCore,
        id: ContextId,
        limits: RealmLimits,
        info: &RealmInfo<'_>,
    ) -> Result<Self, String> {
        let engine = |error: rquickjs::Error| format!("the engine does not start: {error}");
        let runtime = Runtime::new().map_err(engine)?;
        runtime.set_memory_limit(limits.memory.unwrap_or(0));
        runtime.set_max_stack_size(limits.stack);
        let budget = Rc::<Budget>::default();
        let (ticking, halted) = (Rc::clone(&budget), Rc::clone(&core.borrow().halted));
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let used = ticking.used.get().saturating_add(1);
            ticking.used.set(used);
            if limits.steps.is_some_and(|steps| used > steps) {
                ticking.exceeded.set(true);
            }
            ticking.exceeded.get() || halted.get()
        })));
        let context = Context::full(&runtime).map_err(engine)?;
        let profile = Rc::clone(&core.borrow().profile);
        let sources = Rc::new(Sources::new(profile.engine_texts));
        let profile = serde_json::to_string(&ScriptProfile::from(&*profile)).unwrap_or_default();
        let info = serde_json::to_string(info).unwrap_or_default();
        let entry = context.with(|ctx| -> Result<_, String> {
            let made = start(&ctx, core, id, &sources, (&profile, &info));
            made.catch(&ctx).map_err(|error| error.to_string())
        })?;
        let realm = Self {
            entry,
            context,
            runtime,
            budget,
            core: Rc::clone(core),
            id,
            sources,
            stalled: Cell::new(false),
        };
        realm.track_rejections();
        Ok(realm)
    }

    fn track_rejections(&self) {
        let entry = self.entry.clone();
        self.runtime.set_host_promise_rejection_tracker(Some(Box::new(
            move |ctx, promise, reason, handled| {
                let told = entry.clone().restore(&ctx).and_then(|entry| {
                    entry
                        .get::<_, Function<'_>>("trackRejection")?
                        .call::<_, ()>((promise, reason, handled))
                });
                // Out of memory or interrupted: the script that runs now is told.
                let _ = told;
            },
        )));
    }

    /// Runs a script to its end, then its microtasks. What it throws is reported.
    pub(crate) fn run_script(&self, file: &str, source: &str) {
        if self.stalled.get() {
            return;
        }
        self.begin();
        let failure = self.context.with(|ctx| {
            let done = self.sources.run(&ctx, file, source);
            done.catch(&ctx).err().map(|error| self.describe(&ctx, &error, ErrorKind::Script))
        });
        if let Some(mut error) = failure {
            // A thrown value that is no error has no stack; the script is known all the same.
            error.file.get_or_insert_with(|| file.to_owned());
            // The engine found it before anything ran: its stack names only the file itself.
            if error.message.starts_with("SyntaxError")
                && error.file.as_deref() == Some(file)
                && !error.stack.contains('(')
            {
                error.kind = ErrorKind::Syntax;
            }
            self.report(error);
        }
        self.drain();
    }

    /// Calls a function of the JavaScript side; `None` if the engine stopped it.
    pub(crate) fn call<R>(&self, name: &str, args: impl for<'js> IntoArgs<'js>) -> Option<R>
    where
        R: for<'js> FromJs<'js> + 'static,
    {
        if self.stalled.get() {
            return None;
        }
        self.begin();
        let called = self.context.with(|ctx| {
            let called = self
                .entry
                .clone()
                .restore(&ctx)
                .and_then(|entry| entry.get::<_, Function<'_>>(name)?.call::<_, R>(args));
            called.catch(&ctx).map_err(|error| self.describe(&ctx, &error, ErrorKind::Listener))
        });
        match called {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(error);
                None
            }
        }
    }

    /// Runs microtasks until none is left, then reports rejections that nobody handled.
    pub(crate) fn drain(&self) {
        let mut left = MICROTASKS;
        while self.runtime.is_job_pending() && !self.stalled.get() {
            if left == 0 || self.budget.exceeded.get() && left < MICROTASKS / 2 {
                self.stalled.set(true);
                self.report(interrupted("its microtasks never end"));
                return;
            }
            left -= 1;
            if let Err(failed) = self.runtime.execute_pending_job() {
                let error = failed.0.with(|ctx| {
                    let thrown = ctx.catch();
                    self.describe_thrown(&ctx, thrown, ErrorKind::Timer)
                });
                self.report(error);
            }
        }
        self.call::<()>("reportRejections", ());
    }

    /// Collects what is unreachable, so that the router hears of ports and replies that nobody
    /// holds.
    pub(crate) fn collect_garbage(&self) {
        self.runtime.run_gc();
        self.drain();
    }

    fn begin(&self) {
        self.budget.used.set(0);
        self.budget.exceeded.set(false);
    }

    fn report(&self, error: ScriptError) {
        let mut core = self.core.borrow_mut();
        // The observer's stop is reported by the run itself.
        if core.divergence().is_some() {
            return;
        }
        let context = core.label(self.id);
        core.event(&HostEvent::Uncaught { context, error });
    }

    fn describe<'js>(
        &self,
        ctx: &Ctx<'js>,
        error: &CaughtError<'js>,
        kind: ErrorKind,
    ) -> ScriptError {
        match error {
            CaughtError::Exception(exception) => {
                let thrown = exception.as_object().clone().into_value();
                self.describe_thrown(ctx, thrown, kind)
            }
            CaughtError::Value(value) => self.describe_thrown(ctx, value.clone(), kind),
            CaughtError::Error(error) => script_error::new(kind, "", &error.to_string(), ""),
        }
    }

    fn describe_thrown<'js>(
        &self,
        ctx: &Ctx<'js>,
        thrown: Value<'js>,
        kind: ErrorKind,
    ) -> ScriptError {
        if self.budget.exceeded.get() {
            let stack = thrown.as_object().and_then(|error| error.get::<_, String>("stack").ok());
            let mut error = interrupted("it ran too long without a pause");
            let placed = script_error::new(error.kind, "", "", &stack.unwrap_or_default());
            (error.file, error.line, error.column, error.stack) =
                (placed.file, placed.line, placed.column, placed.stack);
            return error;
        }
        let facts = self.entry.clone().restore(ctx).and_then(|entry| {
            entry.get::<_, Function<'_>>("describeThrown")?.call::<_, String>((thrown.clone(),))
        });
        match facts {
            Ok(facts) => script_error::from_facts(&facts, Some(kind)),
            // For want of memory or stack, or because scripts broke what the engine itself uses.
            Err(_) => {
                let _ = ctx.catch();
                let text = thrown.as_string().and_then(|text| text.to_string().ok());
                let exception = thrown.into_object().and_then(Exception::from_object);
                let text = text.or_else(|| exception.and_then(|exception| exception.message()));
                let text = text.unwrap_or_else(|| "an exception that cannot be shown".to_owned());
                script_error::new(kind, "", &text, "")
            }
        }
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        // They hold a share of the entry, which must be gone before the heap.
        self.runtime.set_host_promise_rejection_tracker(None);
    }
}

fn interrupted(why: &str) -> ScriptError {
    script_error::new(ErrorKind::Interrupted, "", &format!("the script was stopped: {why}"), "")
}

fn start(
    ctx: &Ctx<'_>,
    core: &SharedCore,
    id: ContextId,
    sources: &Rc<Sources>,
    (profile, info): (&str, &str),
) -> rquickjs::Result<Persistent<Object<'static>>> {
    let mut options = EvalOptions::default();
    options.filename = Some(HOST_FILE.to_owned());
    let prelude: Function<'_> = ctx.eval_with_options(PRELUDE, options)?;
    let native = Object::new(ctx.clone())?;
    let bridge = Bridge { ctx, native: &native, core, context: id };
    natives::install(&bridge)?;
    crate::web::install(&bridge, sources)?;
    sources.install(&bridge)?;
    let mut args = Args::new(ctx.clone(), 3);
    args.push_arg(native)?;
    args.push_arg(ctx.json_parse(profile)?)?;
    args.push_arg(ctx.json_parse(info)?)?;
    let entry: Object<'_> = prelude.call_arg(args)?;
    Ok(Persistent::save(ctx, entry))
}

/// Parses a script without running it; nothing if it is fine.
///
/// The engine has no such call, so the script gets a first statement that ends it.
pub(crate) fn check_syntax(file: &str, source: &str) -> Option<ScriptError> {
    const STOP: &str = "throw 0;";
    let runtime = Runtime::new().ok()?;
    let context = Context::full(&runtime).ok()?;
    context.with(|ctx| {
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some(file.replace('\0', ""));
        let source = format!("{STOP}{}", source.replace('\0', "\u{fffd}"));
        let done = ctx.eval_with_options::<Value<'_>, _>(source, options);
        let Err(CaughtError::Exception(exception)) = done.catch(&ctx) else { return None };
        let text = |part: Option<String>| part.unwrap_or_default();
        let (message, stack) = (text(exception.message()), text(exception.stack()));
        let mut error = script_error::new(ErrorKind::Syntax, "SyntaxError", &message, &stack);
        if error.line == Some(1) {
            let shift = STOP.len() as u32;
            error.column = error.column.map(|column| column.saturating_sub(shift).max(1));
        }
        Some(error)
    })
}
