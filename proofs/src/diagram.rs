//! A path of the model as a sequence diagram in text, for readers who know WebExtensions.
//!
//! A column for the browser and one for each context; an action stands in the column of who acts, and
//! what follows from it stands below, in the column of whoever notices.

use worldport_model::invariant::is_quiescent;
use worldport_model::{
    Action, Context, ContextId, Csp, DisconnectError, Effect, EventSource, Kind, Link,
    ListenerTarget, Occurrence, Opener, Phase, PortId, Rules, RuntimeEvent, State, WorldId,
};

use crate::machine::Next;

/// The least width of a column.
const WIDTH: usize = 30;

/// The diagram of these actions, from the empty state; the first `setup` of them are summed up in a line.
#[must_use]
pub fn sequence(rules: &Rules, next: Next, setup: &[Action], actions: &[Action]) -> String {
    drawn(rules, next, next, setup, actions)
}

/// The same for a faulty transition function, whose fault begins after the set-up.
#[must_use]
pub fn sequence_of_fault(
    rules: &Rules,
    next: Next,
    setup: &[Action],
    actions: &[Action],
) -> String {
    drawn(rules, worldport_model::next, next, setup, actions)
}

/// What is there after these actions, in a line for each end of a channel: where a diagram ends, what is
/// wrong is often what is missing.
#[must_use]
pub fn ending(rules: &Rules, next: Next, setup: &[Action], actions: &[Action]) -> String {
    let mut state = State::default();
    let good = setup.iter().map(|action| (worldport_model::next as Next, action));
    for (by, action) in good.chain(actions.iter().map(|action| (next, action))) {
        if let Ok((after, _)) = by(rules, &state, action) {
            state = after;
        }
    }
    let mut text = String::from("in the end:\n");
    for (port, end) in state.ends() {
        let holder = state.owner(port).and_then(|owner| state.contexts.get(&owner));
        let who = holder.map_or_else(|| "a context that has ended".to_owned(), name);
        let phase = match end.phase {
            Phase::Offered => "offered, not answered",
            Phase::Open if end.link == Link::Severed => "open, and dead",
            Phase::Open => "open",
            Phase::Closed => "closed",
            Phase::Unanswered => "closed, not told whether anybody accepts",
        };
        let waiting = match end.inbox.len() {
            0 => String::new(),
            waits => format!(", {waits} on the way to it"),
        };
        text.push_str(&format!("  {who}: {} is {phase}{waiting}\n", name_of(port)));
    }
    for (id, channel) in &state.channels {
        if channel.opener == Opener::Dead {
            text.push_str(&format!("  whoever opened port#{} has ended\n", id.0));
        }
    }
    text.push_str(if is_quiescent(&state) {
        "  nothing is on its way to anybody"
    } else {
        "  something is still on its way to somebody"
    });
    text
}

fn drawn(rules: &Rules, good: Next, next: Next, setup: &[Action], actions: &[Action]) -> String {
    let mut drawing = Drawing::default();
    let mut state = State::default();
    for action in setup {
        if let Ok((after, _)) = good(rules, &state, action) {
            state = after;
            drawing.meet(&state);
        }
    }
    for action in actions {
        let (after, effects) =
            next(rules, &state, action).unwrap_or_else(|_| (state.clone(), vec![]));
        drawing.act(&state, action);
        drawing.meet(&after);
        for effect in &effects {
            drawing.follow(&state, &after, effect);
        }
        state = after;
    }
    drawing.finish(setup.len())
}

#[derive(Default)]
struct Drawing {
    columns: Vec<(ContextId, String)>,
    rows: Vec<(Option<ContextId>, String)>,
}

impl Drawing {
    /// Gives each context that has appeared a column. A context that took the id of one that has ended
    /// takes its column too, under a new heading.
    fn meet(&mut self, state: &State) {
        for (&id, context) in &state.contexts {
            let name = name(context);
            match self.columns.iter_mut().find(|(of, _)| *of == id) {
                Some((_, heading)) => {
                    if !heading.split(" / ").any(|known| known == name) {
                        heading.push_str(" / ");
                        heading.push_str(&name);
                    }
                }
                None => self.columns.push((id, name)),
            }
        }
    }

    fn act(&mut self, state: &State, action: &Action) {
        let (who, what) = describe(state, action);
        self.rows.push((who, what));
    }

    fn follow(&mut self, before: &State, after: &State, effect: &Effect) {
        let owner = |port| after.owner(port).or_else(|| before.owner(port));
        let row = match *effect {
            Effect::Called { context, listener, occurrence } => {
                (Some(context), format!("  {} ({listener})", event(before, &occurrence)))
            }
            Effect::ContextEnded { context } => (Some(context), "  ends".to_owned()),
            Effect::ContextEntered { context } => (Some(context), "  starts".to_owned()),
            Effect::Disconnected { port, error } => {
                (owner(port), format!("  {} is closed{}", name_of(port), shown(error)))
            }
            Effect::Dropped { port, message, rule } => {
                (owner(port), format!("  {message:?} dropped: {rule:?}"))
            }
            Effect::DroppedHeld { message, rule, .. }
            | Effect::DroppedAnswer { message, rule, .. } => {
                (None, format!("  {message:?} dropped: {rule:?}"))
            }
            Effect::Opened { port } => (owner(port), format!("  gets {}", name_of(port))),
            Effect::Settled { context, outcome, .. } => {
                (Some(context), format!("  sendMessage: {outcome:?}"))
            }
            Effect::Uncaught { context, .. } => (Some(context), "  throws".to_owned()),
            Effect::Woke { context, .. } => (Some(context), "  is woken".to_owned()),
            Effect::Accepted { .. }
            | Effect::DocumentCreated { .. }
            | Effect::ExtensionLoaded { .. }
            | Effect::Requested { .. } => return,
        };
        self.rows.push(row);
    }

    fn finish(self, setup: usize) -> String {
        let mut text = String::new();
        if setup > 0 {
            text.push_str(&format!("after a set-up of {setup} steps:\n"));
        }
        let headings: Vec<String> = self.columns.iter().map(|(_, names)| names.clone()).collect();
        let longest = headings.iter().map(String::len).max().unwrap_or(0);
        let width = WIDTH.max(longest + 2);
        let mut heading = format!("{:WIDTH$}", "browser");
        for name in &headings {
            heading.push_str(&format!("{name:width$}"));
        }
        text.push_str(heading.trim_end());
        text.push('\n');
        for (who, what) in &self.rows {
            let column = who
                .and_then(|who| self.columns.iter().position(|(id, _)| *id == who))
                .map_or(0, |place| WIDTH + place * width);
            text.push_str(&" ".repeat(column));
            text.push_str(what);
            text.push('\n');
        }
        text
    }
}

fn name(context: &Context) -> String {
    match context.kind {
        Kind::Background(_) => "background".to_owned(),
        Kind::ContentScript { document } => format!("content script in {document}"),
        Kind::Page(_) => "extension page".to_owned(),
        Kind::World { document, world: WorldId::Default, .. } => {
            format!("user script in {document}")
        }
        Kind::World { document, world: WorldId::Named(world), .. } => {
            format!("user script in {document}, world w{world}")
        }
    }
}

/// A port, in the column of the context that holds this end of it.
fn name_of(port: PortId) -> String {
    format!("port#{}", port.channel().0)
}

fn event_name(event: RuntimeEvent) -> &'static str {
    match event {
        RuntimeEvent::OnConnect => "onConnect",
        RuntimeEvent::OnMessage => "onMessage",
        RuntimeEvent::OnUserScriptConnect => "onUserScriptConnect",
        RuntimeEvent::OnUserScriptMessage => "onUserScriptMessage",
    }
}

fn shown(error: Option<DisconnectError>) -> &'static str {
    match error {
        None => "",
        Some(DisconnectError::NoReceiver) => ": receiving end does not exist",
        Some(DisconnectError::PageCached) => ": the page was cached",
    }
}

fn event(state: &State, occurrence: &Occurrence) -> String {
    match *occurrence {
        Occurrence::Connect { port, .. } => {
            let channel = state.channels.get(&port.channel());
            let event = channel.map_or("", |it| event_name(it.event.into()));
            format!("{event} {}", name_of(port))
        }
        Occurrence::Disconnect { port, .. } => format!("onDisconnect {}", name_of(port)),
        Occurrence::Message { message, port } => {
            format!("onMessage {message:?} at {}", name_of(port))
        }
        Occurrence::Request { request, .. } => format!("asked {request}"),
    }
}

fn target(target: ListenerTarget) -> String {
    match target {
        ListenerTarget::OnDisconnect(port) => format!("{}.onDisconnect", name_of(port)),
        ListenerTarget::OnMessage(port) => format!("{}.onMessage", name_of(port)),
        ListenerTarget::Runtime(event) => event_name(event).to_owned(),
    }
}

/// Who acts, and what a script or the browser does, in the words of the API.
fn describe(state: &State, action: &Action) -> (Option<ContextId>, String) {
    match *action {
        Action::Abandon { context, request } => (Some(context), format!("lets go of {request}")),
        Action::AddListener { context, target: at, listener } => {
            (Some(context), format!("{}.addListener({listener})", target(at)))
        }
        Action::BackgroundStarted { context } => (Some(context), "has started".to_owned()),
        Action::ClosePage { context } => (None, format!("closes page {context}")),
        Action::ConfigureWorld { context, world, messaging, csp } => {
            let world = match world {
                WorldId::Default => None,
                WorldId::Named(world) => Some(format!("worldId: 'w{world}'")),
            };
            let messaging = messaging.map(|it| format!("messaging: {it}"));
            let csp = (csp == Csp::Given).then(|| "csp: …".to_owned());
            let members: Vec<String> = world.into_iter().chain(messaging).chain(csp).collect();
            (Some(context), format!("configureWorld({{{}}})", members.join(", ")))
        }
        Action::Connect { context } => (Some(context), "connect()".to_owned()),
        Action::CreateDocument { parent: None } => (None, "opens a document".to_owned()),
        Action::CreateDocument { parent: Some(parent) } => {
            (None, format!("adds a frame to {parent}"))
        }
        Action::DestroyDocument { document } => (None, format!("closes {document}")),
        Action::Disconnect { context, port } => {
            (Some(context), format!("{}.disconnect()", name_of(port)))
        }
        Action::Dispatch { context, source } => {
            let what = match source {
                EventSource::Port(port) => match state.end(port).map(|end| end.phase) {
                    Some(Phase::Offered) => {
                        format!("is offered {}", name_of(port))
                    }
                    _ => format!("takes what {} has", name_of(port)),
                },
                EventSource::Reply(request) => format!("takes the answer to {request}"),
                EventSource::Request(request) => format!("takes {request}"),
            };
            (Some(context), format!("({what})"))
        }
        Action::GrantPermission { .. } => (None, "grants userScripts".to_owned()),
        Action::Inject { document, .. } => (None, format!("injects into {document}")),
        Action::LoadExtension { .. } => (None, "loads an extension".to_owned()),
        Action::Navigate { document, departure } => {
            (None, format!("navigates {document} ({departure:?})"))
        }
        Action::Next { context, completion } => {
            (Some(context), format!("(listener: {completion:?})"))
        }
        Action::OpenPage { .. } => (None, "opens an extension page".to_owned()),
        Action::Post { context, port, message } => {
            (Some(context), format!("{}.postMessage({message:?})", name_of(port)))
        }
        Action::Release { context, port } => {
            (Some(context), format!("lets go of {}", name_of(port)))
        }
        Action::RemoveListener { context, target: at, listener } => {
            (Some(context), format!("{}.removeListener({listener})", target(at)))
        }
        Action::ResetWorldConfiguration { context, world } => {
            (Some(context), format!("resetWorld({world:?})"))
        }
        Action::Respond { context, request, .. } => (Some(context), format!("answers {request}")),
        Action::Restore { document, .. } => (None, format!("goes back to {document}")),
        Action::RevokePermission { .. } => (None, "revokes userScripts".to_owned()),
        Action::SendMessage { context, .. } => (Some(context), "sendMessage()".to_owned()),
        Action::StartBackground { .. } => (None, "starts the background".to_owned()),
        Action::StopBackground { .. } => (None, "stops the background".to_owned()),
        Action::UnloadExtension { .. } => (None, "unloads the extension".to_owned()),
    }
}
