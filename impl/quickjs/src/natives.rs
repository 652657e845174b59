//! The functions that the JavaScript side of the host calls: messaging, listeners, timers, logs.
//!
//! Each is one call on the shared core. Whatever a script passes, they answer; what the router
//! refuses comes back as text that the JavaScript side throws.

use std::sync::Arc;

use rquickjs::{Ctx, Function, IntoJs, Object, Value};
use serde_json::Value as Json;
use worldport::{
    Call, ContextId, Gate, ListenerId, ListenerTarget, Outcome, Permission, Refusal, RuntimeEvent,
};

use crate::bridge::{Bridge, native};
use crate::clock::Due;
use crate::core::{Command, Core};
use crate::display::{console_line, value_text};
use crate::events::HostEvent;
use crate::payload::{Payload, Role, parse_lenient};
use crate::refusals::refusal_answer;
use crate::script_error;

/// What a native function answers.
pub(crate) enum Answer {
    Bool(bool),
    /// A result as JSON, in an object so that it is no refusal.
    Json(String),
    Nothing,
    Number(u32),
    Refused(String),
}

impl<'js> IntoJs<'js> for Answer {
    fn into_js(self, ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
        match self {
            Self::Bool(value) => value.into_js(ctx),
            Self::Json(text) => {
                let object = Object::new(ctx.clone())?;
                object.set("json", text)?;
                object.into_js(ctx)
            }
            Self::Nothing => Ok(Value::new_undefined(ctx.clone())),
            Self::Number(value) => value.into_js(ctx),
            Self::Refused(text) => text.into_js(ctx),
        }
    }
}

/// Installs the native functions of a context.
pub(crate) fn install(bridge: &Bridge<'_, '_>) -> rquickjs::Result<()> {
    let context = bridge.context;
    native!(bridge, "connect", |core, name: String| connect(core, context, &name));
    native!(bridge, "post", |core, port: u32, text: String| post(core, context, port, &text));
    native!(bridge, "disconnect", |core, port: u32| disconnect(core, context, port));
    native!(bridge, "isOwed", |core, port: u32| is_owed(core, context, port));
    native!(bridge, "release", |core, port: u32| release(core, context, port));
    native!(bridge, "listen", |core, verb: String, event: String, port: u32, listener: u32| {
        listen(core, context, &verb, &event, port, ListenerId(listener))
    });
    native!(bridge, "sendMessage", |core, text: String| send_message(core, context, &text));
    native!(bridge, "respond", |core, request: u32, text: String, failed: bool| {
        respond(core, context, request, &text, failed)
    });
    native!(bridge, "abandon", |core, request: u32| abandon(core, context, request));
    native!(bridge, "listenerThrew", |core, request: u32, text: String| {
        if let Some(id) = core.held_request(context, request) {
            core.thrown.entry(id).or_insert(text);
        }
    });
    native!(bridge, "setTimer", |core, timer: u32, delay: f64, repeat: bool| {
        core.clock.set(Due { context, timer }, delay, repeat);
    });
    native!(bridge, "clearTimer", |core, timer: u32| core.clock.clear(Due { context, timer }));
    native!(bridge, "now", |core| core.clock.read());
    native!(bridge, "console", |core, level: String, args: String| console(
        core, context, level, &args
    ));
    native!(bridge, "uncaught", |core, facts: String| {
        let error = script_error::from_facts(&facts, None);
        let context = core.label(context);
        core.event(&HostEvent::Uncaught { context, error });
    });
    native!(bridge, "call", |core, name: String, args: String| {
        core.touch(context);
        crate::user_scripts::call(core, context, &name, &args)
    });
    native!(bridge, "reload", |core| {
        if let Some(record) = core.contexts.get(&context) {
            let command = Command::Reload(record.extension);
            core.commands.push(command);
        }
    });
    native!(bridge, "isOpen", |core, port: u32| {
        let held = core.held_port(context, port);
        held.is_some_and(|held| {
            core.router.port_phase(context, held.id) == Some(worldport::EndPhase::Open)
        })
    });
    native!(bridge, "available", |core, api: String| available(core, context, &api));
    native!(bridge, "unpermitted", |core, api: String| {
        match core.contexts.get(&context).map(|record| record.extension) {
            Some(id) if core.router.permission(id) != Some(Permission::Granted) => {
                refused(core, Refusal::NotPermitted(id), &api)
            }
            _ => Answer::Nothing,
        }
    });
    bridge.native.set("brand", Function::new(bridge.ctx.clone(), brand)?)
}

/// What the router would refuse of any call of this name, whatever its arguments.
fn available(core: &Core, context: ContextId, api: &str) -> Answer {
    let extension = core.contexts.get(&context).map(|record| record.extension);
    if extension.is_none_or(|extension| core.router.permission(extension).is_none()) {
        return refused(core, Refusal::ContextInvalidated(context), api);
    }
    match core.router.gate(context) {
        Some(Gate::Absent | Gate::CallsRefused | Gate::Withdrawn) => {
            refused(core, Refusal::MessagingWithdrawn(context), api)
        }
        Some(Gate::Granted) | None => Answer::Nothing,
    }
}

/// The kinds of object that the engine can tell without asking the object.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands values over")]
fn brand(value: Value<'_>) -> &'static str {
    if value.is_proxy() {
        return "Proxy";
    }
    if value.is_promise() {
        return "Promise";
    }
    if value.is_error() {
        return "Error";
    }
    if value.is_function() { "Function" } else { "" }
}

fn granted(core: &Core, outcome: &Outcome<Payload>, api: &str) -> Answer {
    match outcome {
        Ok(_) => Answer::Nothing,
        Err(refusal) => refused(core, *refusal, api),
    }
}

fn refused(core: &Core, refusal: Refusal, api: &str) -> Answer {
    Answer::Refused(refusal_answer(&core.profile, refusal, api))
}

fn connect(core: &mut Core, context: ContextId, name: &str) -> Answer {
    let name: Arc<str> = name.into();
    match core.connect(context, &name) {
        Ok(id) => {
            let port = core.port_handle(context, id, &name, None);
            let context = core.label(context);
            core.event(&HostEvent::PortOpened { context, port, name: name.to_string() });
            Answer::Number(port)
        }
        Err(refusal) => refused(core, refusal, "runtime.connect"),
    }
}

fn post(core: &mut Core, context: ContextId, port: u32, text: &str) -> Answer {
    let Some(held) = core.held_port(context, port).cloned() else {
        return Answer::Refused(format!("Error\n{}", core.profile.texts.disconnected));
    };
    let message = core.payload(context, text, Role::Message);
    let posted = message.clone();
    let outcome = core.apply(Call::Post { context, port: held.id, message });
    if outcome.is_ok() {
        let value = posted.shown();
        let event = HostEvent::MessagePosted {
            context: core.label(context),
            port,
            name: held.name.to_string(),
            serial: posted.serial(),
            text: value_text(&value),
            value,
        };
        core.event(&event);
    }
    granted(core, &outcome, "Port.postMessage")
}

fn disconnect(core: &mut Core, context: ContextId, port: u32) -> Answer {
    let Some(held) = core.held_port(context, port).cloned() else { return Answer::Nothing };
    let open = core.router.port_phase(context, held.id) == Some(worldport::EndPhase::Open);
    let outcome = core.apply(Call::Disconnect { context, port: held.id });
    if outcome.is_ok() && open {
        let context = core.label(context);
        core.event(&HostEvent::PortClosed { context, port, name: held.name.to_string() });
    }
    match granted(core, &outcome, "Port.disconnect") {
        Answer::Nothing => Answer::Bool(is_owed(core, context, port)),
        refused => refused,
    }
}

/// Whether a port that its script has closed may still be told that nobody accepted it.
fn is_owed(core: &Core, context: ContextId, port: u32) -> bool {
    let phase =
        core.held_port(context, port).and_then(|held| core.router.port_phase(context, held.id));
    phase == Some(worldport::EndPhase::Unanswered)
}

fn release(core: &mut Core, context: ContextId, port: u32) {
    let Some(id) = core.held_port(context, port).map(|held| held.id) else { return };
    if core.apply(Call::Release { context, port: id }).is_ok() {
        core.forget_port(context, port);
    }
}

fn listen(
    core: &mut Core,
    context: ContextId,
    verb: &str,
    event: &str,
    port: u32,
    listener: ListenerId,
) -> Answer {
    let port = core.held_port(context, port).map(|held| held.id);
    let target = match (event, port) {
        ("onMessage", Some(port)) => ListenerTarget::PortMessage(port),
        ("onDisconnect", Some(port)) => ListenerTarget::PortDisconnect(port),
        ("onConnect", _) => ListenerTarget::Runtime(RuntimeEvent::OnConnect),
        ("onMessage", None) => ListenerTarget::Runtime(RuntimeEvent::OnMessage),
        ("onUserScriptConnect", _) => ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect),
        ("onUserScriptMessage", _) => ListenerTarget::Runtime(RuntimeEvent::OnUserScriptMessage),
        _ => return Answer::Bool(false),
    };
    let api = match target {
        ListenerTarget::Runtime(_) => format!("runtime.{event}"),
        _ => format!("Port.{event}"),
    };
    let outcome = match verb {
        "add" => core.apply(Call::AddListener { context, target, listener }),
        "remove" => core.apply(Call::RemoveListener { context, target, listener }),
        // A question changes nothing, so nobody watches it.
        "any" => return Answer::Bool(core.router.has_listeners(context, target) == Ok(true)),
        _ => return Answer::Bool(core.router.has_listener(context, target, listener) == Ok(true)),
    };
    granted(core, &outcome, &api)
}

fn send_message(core: &mut Core, context: ContextId, text: &str) -> Answer {
    let message = core.payload(context, text, Role::Message);
    let sent = message.clone();
    match core.send_message(context, message) {
        Ok(id) => {
            let value = sent.shown();
            let event = HostEvent::RequestSent {
                context: core.label(context),
                serial: sent.serial(),
                text: value_text(&value),
                value,
            };
            core.event(&event);
            Answer::Number(core.request_handle(context, id))
        }
        Err(refusal) => refused(core, refusal, "runtime.sendMessage"),
    }
}

fn respond(core: &mut Core, context: ContextId, request: u32, text: &str, failed: bool) -> Answer {
    let Some(id) = core.held_request(context, request) else { return Answer::Nothing };
    let role = if failed { Role::Rejection } else { Role::Message };
    let message = core.payload(context, text, role);
    // Too late or answered already: a reply that nobody waits for is no error of the script's.
    let outcome = core.apply(Call::Respond { context, request: id, message });
    if outcome.is_ok() {
        core.forget_request(context, request);
    }
    match outcome {
        Err(refusal @ Refusal::Limit(_)) => refused(core, refusal, "sendResponse"),
        _ => Answer::Nothing,
    }
}

fn abandon(core: &mut Core, context: ContextId, request: u32) {
    let Some(id) = core.held_request(context, request) else { return };
    // Refused when there was nothing to wait for: that is fine, and nobody can answer any more.
    let _ = core.apply(Call::Abandon { context, request: id });
    core.forget_request(context, request);
}

fn console(core: &mut Core, context: ContextId, level: String, args: &str) {
    let args = match parse_lenient(args) {
        Some(Json::Array(args)) => args,
        _ => Vec::new(),
    };
    let text = console_line(&args);
    let context = core.label(context);
    core.event(&HostEvent::Console { context, level, args, text });
}
