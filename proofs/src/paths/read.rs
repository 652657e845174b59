//! Reading a scenario: each step and each operation of the agent as a typed call.

use serde_json::{Map, Value};
use worldport_model::{Csp, RuntimeEvent};

use super::payload::{Payload, payload};
use super::script::{
    Answer, Body, Call, Change, Drive, Ending, On, Op, Outside, Registered, Script, Step, Target,
    Text,
};

/// The milliseconds that a step settles, where nothing else is said.
const QUIET: u64 = 250;

fn text(step: &Map<String, Value>, key: &str) -> Option<Text> {
    step.get(key).and_then(Value::as_str).map(Text::from)
}

impl Script {
    /// Reads a scenario, as the recorder of this browser would run it.
    ///
    /// # Errors
    ///
    /// Why it cannot be told in calls: it gives scripts as JavaScript text, or has a step or an operation
    /// that is not known.
    pub fn read(scenario: &Map<String, Value>, browser: &str) -> Result<Self, String> {
        if scenario.contains_key("extraBackground") {
            return Err("its scripts are JavaScript text, not operations".to_owned());
        }
        let flag = |key: &str| scenario.get(key).and_then(Value::as_bool).unwrap_or(false);
        let mut script = Self { has_content_script: flag("contentScript"), ..Self::default() };
        script.default_other = script.body(&Value::Null)?;
        script.default_connect = script.body(&serde_json::json!([
            { "op": "port.addListener", "port": "$port", "on": "onMessage", "fn": "M0" },
            { "op": "port.addListener", "port": "$port", "on": "onDisconnect", "fn": "D0" },
        ]))?;
        for (name, listener) in
            scenario.get("listeners").and_then(Value::as_object).into_iter().flatten()
        {
            let Some(steps) = listener.get("do") else { continue };
            let body = script.body(steps)?;
            script.functions.insert(name.as_str().into(), body);
        }
        for (context, steps) in
            scenario.get("startup").and_then(Value::as_object).into_iter().flatten()
        {
            let body = script.body(steps)?;
            script.startup.insert(context.as_str().into(), body);
        }
        let quiet = scenario.get("settleMs").and_then(Value::as_u64).unwrap_or(QUIET);
        for step in scenario.get("steps").and_then(Value::as_array).into_iter().flatten() {
            let step = step.as_object().ok_or("a step is not an object")?;
            let settles = match step.get("nosettle").and_then(Value::as_bool) {
                Some(true) => None,
                _ => Some(step.get("settle").and_then(Value::as_u64).unwrap_or(quiet)),
            };
            let read = script.step(step, browser)?;
            script.steps.push((read, settles));
        }
        Ok(script)
    }

    fn step(&mut self, step: &Map<String, Value>, browser: &str) -> Result<Step, String> {
        if text(step, "only").is_some_and(|only| &*only != browser) {
            return Ok(Step::Nothing);
        }
        if step.contains_key("wait") {
            return Ok(Step::Wait);
        }
        if let Some(parallel) = step.get("parallel").and_then(Value::as_array) {
            let orders = parallel.iter().filter_map(Value::as_object);
            return Ok(Step::Calls(
                orders.map(|order| self.order(order)).collect::<Result<_, _>>()?,
            ));
        }
        match text(step, "ctx") {
            None => Ok(Step::Nothing),
            Some(context) if &*context == "driver" => drive(step).map(Step::Drive),
            Some(_) => Ok(Step::Calls(vec![self.order(step)?])),
        }
    }

    /// One task, with the number of its first call: the recorder numbers all that it orders.
    fn order(&mut self, step: &Map<String, Value>) -> Result<(Text, Body, u64), String> {
        let context = text(step, "ctx").ok_or("an order names no context")?;
        let body = match step.get("batch") {
            Some(batch) => self.body(batch)?,
            None => self.body(&Value::Array(vec![Value::Object(step.clone())]))?,
        };
        let first = self.numbered + 1;
        self.numbered += self.bodies[body].len() as u64;
        Ok((context, body, first))
    }

    fn body(&mut self, steps: &Value) -> Result<Body, String> {
        let mut ops = Vec::new();
        for step in steps.as_array().into_iter().flatten().filter_map(Value::as_object) {
            let name = text(step, "op").ok_or("a call names no operation")?;
            let silent = step.get("silent").and_then(Value::as_bool).unwrap_or(false);
            let call = self.call(&name, step)?;
            ops.push(Op { name, silent, call });
        }
        self.bodies.push(ops);
        Ok(self.bodies.len() - 1)
    }

    fn call(&mut self, name: &str, step: &Map<String, Value>) -> Result<Call, String> {
        let doc = || text(step, "doc").ok_or_else(|| format!("{name} names no document"));
        let count = || {
            step.get("count").and_then(Value::as_u64).and_then(|it| it.try_into().ok()).unwrap_or(0)
        };
        let port = || match text(step, "port") {
            Some(port) if &*port == "$port" => Target::Current,
            port => Target::Named(port.unwrap_or_else(|| Text::from(""))),
        };
        let function = || text(step, "fn").unwrap_or_else(|| Text::from(""));
        let on = match step.get("on").and_then(Value::as_str) {
            Some("onDisconnect") => On::Disconnect,
            _ => On::Message,
        };
        let listen = |change| -> Result<Call, String> {
            Ok(Call::Listen { change, event: event(step)?, function: function() })
        };
        let listen_port =
            |change| Call::ListenPort { change, port: port(), on, function: function() };
        Ok(match name {
            "addIframe" => Call::AddFrame { doc: doc()? },
            "addListener" => listen(Change::Add)?,
            "configureWorld" => configure(step.get("properties")),
            "connect" => connect(step),
            "connectMany" => Call::ConnectMany { count: count() },
            "countConnect" => Call::CountConnect { count: count() },
            "countMessages" => Call::CountMessages { port: port(), count: count() },
            "disconnect" => Call::Disconnect { port: port(), is_plain: true },
            "echo" => Call::Echo { port: port() },
            "flood" => Call::PostMany { port: port(), count: count(), is_flood: true },
            "hasListener" => listen(Change::Has)?,
            "hasListeners" => listen(Change::HasAny)?,
            "later" => Call::Later {
                ms: Some(step.get("ms").and_then(Value::as_u64).unwrap_or(0)),
                body: self.body(step.get("do").unwrap_or(&Value::Null))?,
            },
            "locationAssign" => {
                let url = text(step, "url").unwrap_or_else(|| Text::from(""));
                Call::Assign { doc: document_in(&url).ok_or("an address names no document")? }
            }
            "locationReload" => Call::ReloadDocument,
            "microtask" => {
                Call::Later { ms: None, body: self.body(step.get("do").unwrap_or(&Value::Null))? }
            }
            "mutateMessage" => Call::Mutate,
            "onWindowEvent" => Call::OnWindow {
                kind: text(step, "type").unwrap_or_else(|| Text::from("")),
                body: self.body(step.get("do").unwrap_or(&Value::Null))?,
            },
            "pingpong" => Call::PingPong { port: port(), count: count() },
            "port.addListener" => listen_port(Change::Add),
            "port.hasListener" => listen_port(Change::Has),
            "port.hasListeners" => listen_port(Change::HasAny),
            "port.removeListener" => listen_port(Change::Remove),
            "postMany" => Call::PostMany { port: port(), count: count(), is_flood: false },
            "postMessage" => {
                let payload = payload(step.get("payload"));
                let is_plain = payload.is_plain();
                Call::Post { port: port(), payload, is_plain }
            }
            "rawPort" => {
                let first = step.get("args").and_then(|args| args.get(0));
                match step.get("method").and_then(Value::as_str) {
                    Some("postMessage") => {
                        Call::Post { port: port(), payload: payload(first), is_plain: false }
                    }
                    Some("disconnect") => Call::Disconnect { port: port(), is_plain: false },
                    _ => Call::Outside(Outside::Arguments),
                }
            }
            "rawEvent" | "rawUserScripts" => Call::Outside(Outside::Arguments),
            "register" => self.register(step)?,
            "removeIframe" => Call::RemoveFrame { doc: doc()? },
            "removeListener" => listen(Change::Remove)?,
            "resetWorldConfiguration" => {
                let world = step.get("worldId");
                let is_plain = world.is_none_or(Value::is_string);
                Call::Reset { world: world.and_then(Value::as_str).map(Text::from), is_plain }
            }
            "return" => Call::Return(match (step.get("promise"), step.get("value")) {
                (Some(Value::Bool(true)), value) => Ending::Promise(payload(value)),
                (_, Some(Value::Bool(true))) => Ending::True,
                _ => Ending::Other,
            }),
            "runtimeReload" => Call::ReloadExtension,
            "sendMessage" => send(step),
            "sendResponse" => Call::Respond { payload: payload(step.get("payload")) },
            "setIframeSrc" => Call::NavigateFrame {
                doc: doc()?,
                to: text(step, "newDoc").ok_or("an address names no document")?,
            },
            "tabsQueryConnect" => Call::ConnectIntoTab {
                alias: text(step, "as")
                    .or_else(|| text(step, "name"))
                    .unwrap_or_else(|| Text::from("")),
            },
            "throw" => Call::Throw { only_in: None },
            "throwIn" => Call::Throw { only_in: text(step, "where") },
            "unregister" => {
                let ids = step.get("ids").and_then(Value::as_array);
                let ids =
                    ids.map(|ids| ids.iter().filter_map(Value::as_str).map(Text::from).collect());
                Call::Unregister { ids }
            }
            "busy" | "mark" => Call::Outside(Outside::Time),
            "documentOpen"
            | "eval"
            | "getScripts"
            | "getWorldConfigurations"
            | "inspectRuntime"
            | "lastError"
            | "port.inspect"
            | "port.set"
            | "probeWorld"
            | "pushState"
            | "setHash" => Call::Outside(Outside::Inspection),
            _ => return Err(format!("the operation {name} is not known")),
        })
    }

    fn register(&mut self, step: &Map<String, Value>) -> Result<Call, String> {
        let call = self.registrations;
        self.registrations += 1;
        let mut scripts = Vec::new();
        for script in step.get("scripts").and_then(Value::as_array).into_iter().flatten() {
            let script = script.as_object().ok_or("a script is not an object")?;
            if script.get("world").and_then(Value::as_str) == Some("MAIN") {
                continue;
            }
            if script.contains_key("code") {
                return Err("its scripts are JavaScript text, not operations".to_owned());
            }
            let id = text(script, "id").unwrap_or_else(|| Text::from(""));
            let world = text(script, "worldId").unwrap_or_else(|| Text::from(""));
            scripts.push(Registered { id, world, call });
        }
        Ok(Call::Register { scripts })
    }
}

fn drive(step: &Map<String, Value>) -> Result<Drive, String> {
    let doc = text(step, "doc").unwrap_or_else(|| Text::from(""));
    let tab = text(step, "tab").unwrap_or_else(|| doc.clone());
    let value = step.get("value").and_then(Value::as_bool).unwrap_or(false);
    Ok(match step.get("op").and_then(Value::as_str).unwrap_or_default() {
        "back" => Drive::Travel { tab, by: -1 },
        "closeTab" => Drive::CloseTab { tab },
        "crashTab" => Drive::CrashTab { tab },
        "forward" => Drive::Travel { tab, by: 1 },
        "isBackgroundRunning" => Drive::IsBackgroundRunning,
        "navigate" => Drive::Navigate { tab, doc },
        "openTab" if step.contains_key("ext") => Drive::OpenPage { tab },
        "openTab" => Drive::OpenTab { tab, doc },
        "quietAgent" => Drive::Quiet { agent: text(step, "target").unwrap_or(doc) },
        "reload" => Drive::Reload { tab },
        "reloadExtension" => Drive::ReloadExtension,
        "setExtensionEnabled" => Drive::SetEnabled(value),
        "setUserScriptsPermission" => Drive::SetPermission(value),
        "stopBackground" => Drive::StopBackground,
        "uninstallExtension" => Drive::Uninstall,
        "waitAgent" => Drive::Nothing,
        op => return Err(format!("the order {op} is not known")),
    })
}

fn event(step: &Map<String, Value>) -> Result<RuntimeEvent, String> {
    Ok(match step.get("event").and_then(Value::as_str) {
        None | Some("onUserScriptConnect") => RuntimeEvent::OnUserScriptConnect,
        Some("onConnect") => RuntimeEvent::OnConnect,
        Some("onMessage") => RuntimeEvent::OnMessage,
        Some("onUserScriptMessage") => RuntimeEvent::OnUserScriptMessage,
        Some(event) => return Err(format!("the event {event} is not known")),
    })
}

/// The document that an address is about, by the recorder's pages.
#[must_use]
pub(super) fn document_in(url: &str) -> Option<Text> {
    let (_, rest) = url.split_once("doc=")?;
    rest.split(['&', '#']).next().map(Text::from)
}

fn configure(properties: Option<&Value>) -> Call {
    let known = ["csp", "messaging", "worldId"];
    let members = properties.and_then(Value::as_object);
    let member =
        |key: &str| members.and_then(|members| members.get(key)).filter(|it| !it.is_null());
    let typed = member("csp").is_none_or(Value::is_string)
        && members.is_none_or(|members| members.get("messaging").is_none_or(Value::is_boolean))
        && member("worldId").is_none_or(Value::is_string);
    let is_plain =
        typed && members.is_some_and(|it| it.keys().all(|key| known.contains(&key.as_str())));
    Call::Configure {
        world: member("worldId").and_then(Value::as_str).map(Text::from),
        messaging: member("messaging").and_then(Value::as_bool),
        csp: if member("csp").is_some() { Csp::Given } else { Csp::Absent },
        is_plain,
    }
}

fn connect(step: &Map<String, Value>) -> Call {
    let args = step.get("args").and_then(Value::as_array);
    let spelt = |argument: &Value| match argument.get("$longName").and_then(Value::as_u64) {
        Some(length) => Some("n".repeat(usize::try_from(length).unwrap_or(0))),
        None => argument.get("name").and_then(Value::as_str).map(ToOwned::to_owned),
    };
    let name = match args {
        Some(args) => args.iter().rev().find_map(spelt),
        None => step.get("name").and_then(Value::as_str).map(ToOwned::to_owned),
    };
    let alias = text(step, "as").or_else(|| text(step, "name"));
    let listed = |key: &str, on: On, default: &str| -> Vec<(On, Text)> {
        match step.get(key).and_then(Value::as_array) {
            Some(names) => {
                names.iter().filter_map(Value::as_str).map(|it| (on, it.into())).collect()
            }
            None => vec![(on, default.into())],
        }
    };
    let mut listeners = listed("onMessage", On::Message, "M0");
    listeners.extend(listed("onDisconnect", On::Disconnect, "D0"));
    Call::Connect {
        alias: alias.unwrap_or_else(|| Text::from("(empty)")),
        name: name.unwrap_or_default().into(),
        is_plain: args.is_none(),
        listeners,
    }
}

fn send(step: &Map<String, Value>) -> Call {
    let answer = match step.get("callback").and_then(Value::as_bool) {
        Some(true) => Answer::Callback,
        _ => Answer::Promise,
    };
    match step.get("args").and_then(Value::as_array) {
        Some(args) => {
            // Which argument is the message depends on the others: its contents are not compared.
            let key = format!("arguments {}", Value::Array(args.clone()));
            let last = args.last().filter(|_| args.len() > 1).and_then(|last| last.get("$v"));
            let answer = match last.and_then(Value::as_str) {
                Some("function") => Answer::Unreported,
                _ => answer,
            };
            Call::Send { payload: Payload { shown: None, key }, is_plain: false, answer }
        }
        None => {
            let payload = payload(step.get("payload"));
            let is_plain = payload.is_plain();
            Call::Send { payload, is_plain, answer }
        }
    }
}
