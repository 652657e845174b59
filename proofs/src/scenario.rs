//! A path of the model as a scenario: steps that `worldport record` and the recorder of the browsers run.
//!
//! What the scheduler does needs no step: a browser does it by itself, and a scenario waits after each step
//! until it has. What a listener does in the path, the listener of that number does in the scenario. Scripts
//! of the scenario listen to `onDisconnect` too, so that its trace shows who hears of an end.
//!
//! Not every path can be told so: a browser cannot be asked to collect a port, or to start a background
//! that nobody wakes. Such a path is refused, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use worldport_model::invariant::{acting, is_scheduled};
use worldport_model::{
    Action, Completion, ContextId, Csp, Departure, DocumentId, Effect, End, Kind, Link, ListenerId,
    ListenerTarget, Occurrence, Phase, PortId, Realm, Rules, RuntimeEvent, State, WorldId, next,
};

use crate::check::is_calm;

/// The listener that shows who hears of an end.
const OBSERVER: &str = "D0";

/// The scenario that these actions are, from the empty state.
///
/// # Errors
///
/// Why the path cannot be told as a scenario.
pub fn scenario(title: &str, rules: &Rules, actions: &[Action]) -> Result<Value, String> {
    let mut writer = Writer::default();
    for action in actions {
        let (after, effects) = next(rules, &writer.state, action)
            .map_err(|refusal| format!("{action:?} is refused: {refusal}"))?;
        writer.act(action)?;
        let before = std::mem::replace(&mut writer.state, after);
        writer.follow(&before, action, &effects)?;
    }
    writer.probe();
    writer.finish(title)
}

#[derive(Default)]
struct Writer {
    state: State,
    steps: Vec<Value>,
    contexts: BTreeMap<ContextId, String>,
    documents: BTreeMap<DocumentId, Document>,
    /// Documents ever, pages ever.
    counts: (usize, usize),
    registered: BTreeSet<WorldId>,
    /// Function names of listeners, and what each does when it is called.
    functions: BTreeMap<(String, ListenerTarget, ListenerId), String>,
    bodies: BTreeMap<String, Vec<Vec<Value>>>,
    /// The function that runs in a context.
    running: BTreeMap<ContextId, String>,
}

#[derive(Clone, Debug)]
struct Document {
    name: String,
    tab: String,
    is_open: bool,
    before: Option<DocumentId>,
}

impl Writer {
    fn act(&mut self, action: &Action) -> Result<(), String> {
        if is_scheduled(action) {
            return self.complete(action);
        }
        let in_listener = acting(action).and_then(|context| self.running.get(&context).cloned());
        let races = !is_calm(&self.state, action);
        let Some(step) = self.step(action)? else { return Ok(()) };
        if let Some(function) = in_listener {
            let body = self.bodies.entry(function).or_default();
            let mut step = step;
            step.remove("ctx");
            match body.last_mut() {
                Some(call) => call.push(Value::Object(step)),
                None => return Err(format!("{action:?} is in a listener that was not called")),
            }
        } else if races {
            self.join(step);
        } else {
            self.steps.push(Value::Object(step));
        }
        Ok(())
    }

    /// How a listener ends is the last thing that it does.
    fn complete(&mut self, action: &Action) -> Result<(), String> {
        let Action::Next { context, completion } = *action else { return Ok(()) };
        let ending = match completion {
            Completion::Returned => return Ok(()),
            Completion::Threw => json!({ "op": "throw" }),
            Completion::WillRespond => json!({ "op": "return", "value": true }),
        };
        let call = self.running.get(&context).and_then(|it| self.bodies.get_mut(it)?.last_mut());
        call.ok_or("a listener ends that was not called")?.push(ending);
        Ok(())
    }

    /// Adds a step to the last one: both happen before anything has settled.
    fn join(&mut self, step: Map<String, Value>) {
        let step = Value::Object(step);
        match self.steps.last_mut() {
            Some(Value::Object(last)) if last.contains_key("parallel") => {
                if let Some(Value::Array(together)) = last.get_mut("parallel") {
                    together.push(step);
                }
            }
            Some(last) => *last = json!({ "parallel": [last.take(), step] }),
            None => self.steps.push(step),
        }
    }

    /// The step for an action; none if the browser does it by itself.
    fn step(&mut self, action: &Action) -> Result<Option<Map<String, Value>>, String> {
        let name = |context: ContextId| {
            let name = self.contexts.get(&context).cloned();
            name.ok_or_else(|| format!("{context} has no name in {action:?}"))
        };
        let step = match *action {
            Action::AddListener { context, target, listener } => {
                self.listener(&name(context)?, target, listener, "addListener")
            }
            Action::RemoveListener { context, target, listener } => {
                self.listener(&name(context)?, target, listener, "removeListener")
            }
            Action::ConfigureWorld { context, world, messaging, csp } => {
                let mut properties = Map::new();
                properties.extend(messaging.map(|it| ("messaging".to_owned(), it.into())));
                if csp == Csp::Given {
                    properties.insert("csp".to_owned(), "script-src 'self'".into());
                }
                properties.extend(world_id(world).map(|it| ("worldId".to_owned(), it.into())));
                json!({ "ctx": name(context)?, "op": "configureWorld", "properties": properties })
            }
            Action::ResetWorldConfiguration { context, world } => {
                let mut step = json!({ "ctx": name(context)?, "op": "resetWorldConfiguration" });
                if let Some(world) = world_id(world) {
                    step["worldId"] = world.into();
                }
                step
            }
            Action::Connect { context } => {
                let id = (0..).map(worldport_model::ChannelId);
                let free = id.into_iter().find(|id| !self.state.channels.contains_key(id));
                let port = port_name(PortId::Opener(free.ok_or("no id is free")?));
                json!({ "ctx": name(context)?, "op": "connect", "name": port, "onMessage": [],
                    "onDisconnect": [OBSERVER] })
            }
            Action::Post { context, port, message } => json!({
                "ctx": name(context)?, "op": "postMessage", "port": port_name(port),
                "payload": format!("m{}", message.0),
            }),
            Action::Disconnect { context, port } => {
                json!({ "ctx": name(context)?, "op": "disconnect", "port": port_name(port) })
            }
            Action::SendMessage { context, message } => json!({
                "ctx": name(context)?, "op": "sendMessage", "payload": format!("m{}", message.0),
            }),
            Action::OpenPage { .. } => {
                let page = format!("e{}", self.counts.1 + 1);
                json!({ "ctx": "driver", "op": "openTab", "doc": page, "ext": true })
            }
            Action::ClosePage { context } => {
                json!({ "ctx": "driver", "op": "closeTab", "tab": name(context)? })
            }
            Action::StopBackground { .. } => json!({ "ctx": "driver", "op": "stopBackground" }),
            Action::RevokePermission { .. } | Action::GrantPermission { .. } => {
                let value = matches!(action, Action::GrantPermission { .. });
                json!({ "ctx": "driver", "op": "setUserScriptsPermission", "value": value })
            }
            Action::Navigate { document, departure: Departure::Cached } => {
                let tab = self.documents.get(&document).map(|it| it.tab.clone());
                let doc = format!("t{}", self.counts.0 + 1);
                json!({ "ctx": "driver", "op": "navigate", "tab": tab, "doc": doc })
            }
            Action::Restore { document, .. } => self.back(document)?,
            Action::DestroyDocument { document } => {
                let tab = self.documents.get(&document).map(|it| it.tab.clone());
                json!({ "ctx": "driver", "op": "closeTab", "tab": tab })
            }
            Action::Inject { document, realm, .. } => return self.inject(document, realm),
            // The recorder loads one extension, and its background starts; a tab opens with its script.
            Action::LoadExtension { .. } if self.state.extensions.is_empty() => return Ok(None),
            Action::StartBackground { .. } if self.state.contexts.is_empty() => return Ok(None),
            Action::CreateDocument { parent: None } => return Ok(None),
            _ => return Err(format!("no step does {action:?}")),
        };
        match step {
            Value::Object(step) => Ok(Some(step)),
            _ => Err(format!("{action:?} is no step")),
        }
    }

    fn listener(
        &mut self,
        context: &str,
        target: ListenerTarget,
        listener: ListenerId,
        op: &str,
    ) -> Value {
        let function = self.function(context, target, listener);
        match target {
            ListenerTarget::Runtime(event) => {
                let event = match event {
                    RuntimeEvent::OnConnect => "onConnect",
                    RuntimeEvent::OnMessage => "onMessage",
                    RuntimeEvent::OnUserScriptConnect => "onUserScriptConnect",
                    RuntimeEvent::OnUserScriptMessage => "onUserScriptMessage",
                };
                json!({ "ctx": context, "op": op, "event": event, "fn": function })
            }
            ListenerTarget::OnDisconnect(port) | ListenerTarget::OnMessage(port) => {
                let message = matches!(target, ListenerTarget::OnMessage(_));
                let on = if message { "onMessage" } else { "onDisconnect" };
                json!({ "ctx": context, "op": format!("port.{op}"), "port": port_name(port),
                    "on": on, "fn": function })
            }
        }
    }

    /// The agent's name of a listener: a letter that says what it listens to, and a number of its own.
    fn function(&mut self, context: &str, target: ListenerTarget, listener: ListenerId) -> String {
        let letter = match target {
            ListenerTarget::OnDisconnect(_) => 'D',
            ListenerTarget::OnMessage(_) => 'M',
            ListenerTarget::Runtime(
                RuntimeEvent::OnConnect | RuntimeEvent::OnUserScriptConnect,
            ) => 'L',
            ListenerTarget::Runtime(_) => 'R',
        };
        let taken = self.functions.values().filter(|it| it.starts_with(letter)).count() + 1;
        let key = (context.to_owned(), target, listener);
        self.functions.entry(key).or_insert_with(|| format!("{letter}{taken}")).clone()
    }

    /// A script for this world is registered, and then the tab is opened.
    fn inject(
        &mut self,
        document: DocumentId,
        realm: Realm,
    ) -> Result<Option<Map<String, Value>>, String> {
        let Realm::UserScript(world) = realm else {
            return Err("no step injects a content script".to_owned());
        };
        let Some(record) = self.documents.get_mut(&document) else {
            return Err(format!("{document} has no tab"));
        };
        if record.is_open {
            return Err("no step adds a script to an open document".to_owned());
        }
        record.is_open = true;
        if self.registered.iter().any(|other| *other != world) {
            return Err("no step opens a document without a registered script".to_owned());
        }
        let open = json!({ "ctx": "driver", "op": "openTab", "doc": record.name });
        if self.registered.insert(world) {
            let mut script = json!({ "id": format!("u{}", self.registered.len()) });
            if let Some(world) = world_id(world) {
                script["worldId"] = world.into();
            }
            let register = json!({ "ctx": "background", "op": "register", "scripts": [script] });
            self.steps.push(register);
        }
        Ok(open.as_object().cloned())
    }

    fn back(&self, document: DocumentId) -> Result<Value, String> {
        let shown = self.documents.values().find(|it| it.before == Some(document));
        let Some(shown) = shown else { return Err(format!("{document} is not one step back")) };
        Ok(json!({ "ctx": "driver", "op": "back", "tab": shown.tab, "settle": 500 }))
    }

    /// Who is there after a step, and which listeners run.
    fn follow(
        &mut self,
        before: &State,
        action: &Action,
        effects: &[Effect],
    ) -> Result<(), String> {
        if let Action::Next { context, .. } = action {
            self.running.remove(context);
        }
        for effect in effects {
            match *effect {
                Effect::ContextEntered { context } | Effect::Woke { context, .. } => {
                    self.meet(context)?;
                }
                Effect::ContextEnded { context } => {
                    self.contexts.remove(&context);
                    self.running.remove(&context);
                }
                Effect::DocumentCreated { document } => self.create(document, action),
                Effect::Called { context, listener, occurrence } => {
                    let target = target(before, &occurrence);
                    let name = self.contexts.get(&context).cloned().unwrap_or_default();
                    let function = self.function(&name, target, listener);
                    self.bodies.entry(function.clone()).or_default().push(Vec::new());
                    self.running.insert(context, function);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn meet(&mut self, context: ContextId) -> Result<(), String> {
        let Some(record) = self.state.contexts.get(&context) else { return Ok(()) };
        let name = match record.kind {
            Kind::Background(_) => "background".to_owned(),
            Kind::Page(_) => {
                self.counts.1 += 1;
                format!("e{}", self.counts.1)
            }
            Kind::World { document, world, .. } => {
                let document = self.documents.get(&document).ok_or("a world has no document")?;
                format!("{}@{}", document.name, world_id(world).unwrap_or("default".to_owned()))
            }
            Kind::ContentScript { .. } => return Err("no step names a content script".to_owned()),
        };
        self.contexts.insert(context, name);
        Ok(())
    }

    fn create(&mut self, document: DocumentId, action: &Action) {
        self.counts.0 += 1;
        let name = format!("t{}", self.counts.0);
        let before = match *action {
            Action::Navigate { document, .. } => Some(document),
            _ => None,
        };
        let tab = before.and_then(|it| self.documents.get(&it)).map(|it| it.tab.clone());
        let is_open = tab.is_some();
        let tab = tab.unwrap_or_else(|| name.clone());
        self.documents.insert(document, Document { name, tab, is_open, before });
    }

    /// A port that is dead while its script holds it for open shows that when the script posts.
    fn probe(&mut self) {
        let is_dead = |end: &End| end.phase == Phase::Open && end.link == Link::Severed;
        let dead: Vec<PortId> =
            self.state.ends().filter(|(_, end)| is_dead(end)).map(|(port, _)| port).collect();
        for port in dead {
            let owner = self.state.owner(port).and_then(|owner| self.contexts.get(&owner));
            let payload = "is anybody there?";
            self.steps.extend(owner.map(|owner| {
                json!({ "ctx": owner, "op": "postMessage", "port": port_name(port),
                    "payload": payload })
            }));
        }
    }

    fn finish(mut self, title: &str) -> Result<Value, String> {
        let mut listeners = Map::new();
        for function in self.functions.values() {
            let calls = self.bodies.remove(function).unwrap_or_default();
            let mut calls = calls.into_iter();
            let mut body = calls.next().unwrap_or_default();
            if calls.any(|other| other != body) {
                return Err(format!("{function} does one thing and then another"));
            }
            if function.starts_with('L') {
                let observe = json!({ "op": "port.addListener", "port": "$port",
                    "on": "onDisconnect", "fn": OBSERVER });
                body.insert(0, observe);
            }
            listeners.insert(function.clone(), json!({ "do": body }));
        }
        Ok(json!({ "title": title, "listeners": listeners, "steps": self.steps }))
    }
}

fn target(state: &State, occurrence: &Occurrence) -> ListenerTarget {
    match *occurrence {
        Occurrence::Connect { port, .. } => {
            let event = state.channels.get(&port.channel()).map(|it| it.event);
            event.map_or(ListenerTarget::Runtime(RuntimeEvent::OnConnect), ListenerTarget::from)
        }
        Occurrence::Disconnect { port, .. } => ListenerTarget::OnDisconnect(port),
        Occurrence::Message { port, .. } => ListenerTarget::OnMessage(port),
        Occurrence::Request { sender, .. } => ListenerTarget::Runtime(match sender.world {
            Some(_) => RuntimeEvent::OnUserScriptMessage,
            None => RuntimeEvent::OnMessage,
        }),
    }
}

/// What both ends are called by: the name that the opener gives the channel.
fn port_name(port: PortId) -> String {
    format!("p{}", port.channel().0)
}

fn world_id(world: WorldId) -> Option<String> {
    match world {
        WorldId::Default => None,
        WorldId::Named(world) => Some(format!("w{world}")),
    }
}
