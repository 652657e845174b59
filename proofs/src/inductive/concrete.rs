//! The proof is about this machine: concrete steps of the model, as steps of the system.
//!
//! An [`Abstract`] state holds a structure, and which element each id of the model stands for now. Ids are
//! reused and elements are not: a context that has ended, a port that is gone and a message that was
//! delivered stay in the structure, and the next one with the same id is a new element.
//!
//! What the state of the model says is read from it anew after each step. What it has forgotten (who was
//! told, what was delivered) is kept from the checker's own history and from effects. Nothing is
//! computed by the rules: a rule that says something else than the model does is found out.

use std::collections::BTreeMap;

use worldport_model::invariant::History;
use worldport_model::{
    Action, ChannelEvent, ChannelId, ContextId, Effect, Extension, ExtensionId, Gate, Item, Kind,
    Message, Occurrence, Opener, Phase, PortId, RuntimeEvent, State, WorldId,
};

use super::induction::System;
use super::structure::{Sort, Span, Structure};
use super::system::relation;
use super::tables::Tables;

/// A state of the model with all that was before it, as a structure.
#[derive(Clone, Debug)]
pub struct Abstract {
    /// How many elements each sort has.
    pub sizes: [usize; 5],
    /// The values of all relations.
    pub state: Structure,
    /// What the ids stand for.
    pub names: Names,
}

/// Which element each id of the model stands for now.
#[derive(Clone, Debug, Default)]
pub struct Names {
    contexts: BTreeMap<ContextId, usize>,
    extensions: BTreeMap<ExtensionId, usize>,
    /// By channel and whether it goes to the opener: the last message posted under each token.
    messages: BTreeMap<(ChannelId, bool, Message), usize>,
    openers: BTreeMap<ChannelId, usize>,
    receivers: BTreeMap<PortId, usize>,
    worlds: BTreeMap<WorldId, usize>,
}

/// A step of the model.
#[derive(Clone, Copy, Debug)]
pub struct Concrete<'a> {
    /// The state before.
    pub before: &'a State,
    /// What was observed before.
    pub past: &'a History,
    /// What was done.
    pub action: &'a Action,
    /// What came of it.
    pub effects: &'a [Effect],
    /// The state after.
    pub after: &'a State,
    /// What has been observed after.
    pub present: &'a History,
}

impl Names {
    pub(super) fn context(&self, id: ContextId) -> usize {
        self.contexts.get(&id).copied().unwrap_or_else(|| panic!("{id} stands for nothing"))
    }

    pub(super) fn extension(&self, id: ExtensionId) -> usize {
        self.extensions.get(&id).copied().unwrap_or_else(|| panic!("{id} stands for nothing"))
    }

    pub(super) fn world(&self, id: WorldId) -> usize {
        self.worlds.get(&id).copied().unwrap_or_else(|| panic!("{id:?} stands for nothing"))
    }

    pub(super) fn port(&self, id: PortId) -> usize {
        let element = match id {
            PortId::Opener(channel) => self.openers.get(&channel),
            PortId::Receiver(..) => self.receivers.get(&id),
        };
        element.copied().unwrap_or_else(|| panic!("{id:?} stands for nothing"))
    }

    /// A message on its way to a port.
    pub(super) fn message(&self, to: PortId, message: Message) -> usize {
        let up = matches!(to, PortId::Opener(_));
        self.posted(to.channel(), up, message)
    }

    /// A message posted on a channel, to the opener or from it.
    pub(super) fn posted(&self, channel: ChannelId, up: bool, message: Message) -> usize {
        let element = self.messages.get(&(channel, up, message));
        element.copied().unwrap_or_else(|| panic!("{message:?} stands for nothing"))
    }
}

impl Abstract {
    /// The empty machine.
    #[must_use]
    pub fn empty(system: &System) -> Self {
        let mut names = Names::default();
        names.worlds.insert(WorldId::Default, 0);
        let mut sizes = [0; 5];
        sizes[Sort::World.index()] = 1;
        Self { sizes, state: Structure::empty(&system.vocabulary, Span::State), names }
    }

    /// The state after a step, over the elements of both: those that are new in it hold of nothing before.
    #[must_use]
    pub fn after(&self, system: &System, step: &Concrete<'_>) -> Self {
        let mut to = self.clone();
        to.name_what_is_new(step);
        let tables = Tables { vocabulary: &system.vocabulary };
        Reading { tables, to: &mut to, step }.read();
        to
    }

    /// Forgets what ids stood for that stand for nothing any more.
    pub fn forget(&mut self, after: &State) {
        self.names.contexts.retain(|id, _| after.contexts.contains_key(id));
        self.names.extensions.retain(|id, _| after.extensions.contains_key(id));
        self.names.openers.retain(|id, _| after.channels.contains_key(id));
        self.names.receivers.retain(|id, _| after.end(*id).is_some());
        self.names.messages.retain(|(id, _, _), _| after.channels.contains_key(id));
    }

    fn new_element(&mut self, sort: Sort) -> usize {
        let size = &mut self.sizes[sort.index()];
        assert!(*size < sort.capacity(), "a path has more of {sort} than a structure can hold");
        *size += 1;
        *size - 1
    }

    fn name_what_is_new(&mut self, step: &Concrete<'_>) {
        for &id in step.after.extensions.keys() {
            if !step.before.extensions.contains_key(&id) {
                let element = self.new_element(Sort::Extension);
                self.names.extensions.insert(id, element);
            }
        }
        for &id in step.after.contexts.keys() {
            if !step.before.contexts.contains_key(&id) {
                let element = self.new_element(Sort::Context);
                self.names.contexts.insert(id, element);
            }
        }
        for (&id, channel) in &step.after.channels {
            if !step.before.channels.contains_key(&id) {
                let element = self.new_element(Sort::Port);
                self.names.openers.insert(id, element);
            }
            for &context in channel.receivers.keys() {
                let port = PortId::Receiver(id, context);
                if step.before.end(port).is_none() {
                    let element = self.new_element(Sort::Port);
                    self.names.receivers.insert(port, element);
                }
            }
        }
        if let Action::Post { port, message, .. } = *step.action {
            let element = self.new_element(Sort::Message);
            let up = matches!(port, PortId::Receiver(..));
            self.names.messages.insert((port.channel(), up, message), element);
        }
        let named = step.after.contexts.values().filter_map(|it| match it.kind {
            Kind::World { world, .. } => Some(world),
            _ => None,
        });
        let configured = step.after.extensions.values().filter_map(|it| match it {
            Extension::Loaded(loaded) => Some(loaded.configs.keys().copied()),
            Extension::Unloaded => None,
        });
        let reset = match *step.action {
            Action::ResetWorldConfiguration { world, .. } => Some(world),
            _ => None,
        };
        for world in named.chain(configured.flatten()).chain(reset) {
            if !self.names.worlds.contains_key(&world) {
                let element = self.new_element(Sort::World);
                self.names.worlds.insert(world, element);
            }
        }
    }
}

/// The reading of the state after a step.
struct Reading<'a> {
    tables: Tables<'a>,
    to: &'a mut Abstract,
    step: &'a Concrete<'a>,
}

impl Reading<'_> {
    fn read(mut self) {
        self.extensions();
        self.contexts();
        self.channels();
        self.messages();
    }

    fn put(&mut self, relation: usize, at: usize, holds: bool) {
        self.tables.put(&mut self.to.state, relation, at, holds);
    }

    fn pair(&mut self, relation: usize, at: (usize, usize), holds: bool) {
        self.tables.pair(&mut self.to.state, relation, at, holds);
    }

    /// Says anew of every element of a sort that this does not hold.
    fn reset(&mut self, sort: Sort, relations: &[usize]) {
        for element in 0..self.to.sizes[sort.index()] {
            for &relation in relations {
                if self.tables.vocabulary.relations[relation].sorts.len() == 1 {
                    self.put(relation, element, false);
                } else {
                    self.tables.clear(&mut self.to.state, relation, element);
                }
            }
        }
    }

    fn extensions(&mut self) {
        self.reset(Sort::Extension, &[relation!("loaded"), relation!("on"), relation!("off")]);
        for (&id, record) in &self.step.after.extensions {
            let element = self.to.names.extension(id);
            self.put(relation!("known"), element, true);
            let Extension::Loaded(loaded) = record else { continue };
            self.put(relation!("loaded"), element, true);
            for (&world, config) in &loaded.configs {
                let world = self.to.names.world(world);
                self.pair(
                    if config.messaging { relation!("on") } else { relation!("off") },
                    (element, world),
                    true,
                );
            }
        }
    }

    fn contexts(&mut self) {
        self.reset(
            Sort::Context,
            &[relation!("alive"), relation!("hears_us"), relation!("hears_oc")],
        );
        for (&id, record) in &self.step.after.contexts {
            let element = self.to.names.context(id);
            self.put(relation!("started"), element, true);
            self.put(relation!("alive"), element, true);
            self.tables.clear(&mut self.to.state, relation!("of"), element);
            let extension = self.to.names.extension(record.extension);
            self.pair(relation!("of"), (element, extension), true);
            self.tables.clear(&mut self.to.state, relation!("within"), element);
            let (script, granted) = match record.kind {
                Kind::World { world, gate, .. } => {
                    let world = self.to.names.world(world);
                    self.pair(relation!("within"), (element, world), true);
                    (true, gate == Gate::Granted)
                }
                _ => (false, true),
            };
            self.put(relation!("script"), element, script);
            self.put(relation!("granted"), element, granted);
            let listeners = record.kind.runtime_listeners();
            self.put(relation!("page"), element, listeners.is_some());
            if let Some(listeners) = listeners {
                let some = |event| !listeners.set(event).is_empty();
                self.put(relation!("hears_us"), element, some(RuntimeEvent::OnUserScriptConnect));
                self.put(relation!("hears_oc"), element, some(RuntimeEvent::OnConnect));
            }
            let ghost = self.step.present.contexts.get(&id);
            self.put(relation!("licensed"), element, ghost.is_some_and(|it| it.may_message));
        }
    }

    fn channels(&mut self) {
        let state = [
            relation!("offered"),
            relation!("open"),
            relation!("news"),
            relation!("waiting"),
            relation!("left"),
            relation!("held"),
            relation!("queued"),
        ];
        self.reset(Sort::Port, &state);
        for (&id, channel) in &self.step.after.channels {
            let opener = self.to.names.port(PortId::Opener(id));
            self.put(relation!("made"), opener, true);
            self.put(relation!("opener"), opener, true);
            self.put(relation!("us"), opener, channel.event == ChannelEvent::OnUserScriptConnect);
            if let Some(context) = channel.opener_context() {
                let owner = self.to.names.context(context);
                self.tables.clear(&mut self.to.state, relation!("owner"), opener);
                self.pair(relation!("owner"), (opener, owner), true);
            }
            if let Opener::Held { end, .. } = &channel.opener {
                self.end(PortId::Opener(id), end);
            }
            if let Some(waiting) = &channel.waiting {
                self.put(relation!("waiting"), opener, true);
                self.put(relation!("left"), opener, waiting.opener_left);
            }
            for &message in &channel.held {
                let message = self.to.names.posted(id, false, message);
                self.pair(relation!("held"), (opener, message), true);
            }
            for (&context, end) in &channel.receivers {
                let port = PortId::Receiver(id, context);
                let receiver = self.to.names.port(port);
                self.put(relation!("made"), receiver, true);
                self.tables.clear(&mut self.to.state, relation!("receiver"), receiver);
                self.pair(relation!("receiver"), (receiver, opener), true);
                let owner = self.to.names.context(context);
                self.tables.clear(&mut self.to.state, relation!("owner"), receiver);
                self.pair(relation!("owner"), (receiver, owner), true);
                self.end(port, end);
            }
        }
    }

    fn end(&mut self, port: PortId, end: &worldport_model::End) {
        let element = self.to.names.port(port);
        self.put(relation!("offered"), element, end.phase == Phase::Offered);
        self.put(relation!("open"), element, end.phase == Phase::Open);
        self.put(relation!("news"), element, matches!(end.inbox.back(), Some(Item::Disconnect(_))));
        for item in &end.inbox {
            if let Item::Message(message) = *item {
                let message = self.to.names.message(port, message);
                self.pair(relation!("queued"), (element, message), true);
            }
        }
        let history = self.step.present.channels.get(&port.channel());
        if let Some(history) = history.and_then(|it| it.ends.get(&port)) {
            self.put(relation!("shut"), element, history.closed_here);
            self.put(relation!("told"), element, history.told > 0);
        }
    }

    fn messages(&mut self) {
        if let Action::Post { port, message, .. } = *self.step.action {
            let up = matches!(port, PortId::Receiver(..));
            let channel = port.channel();
            let element = self.to.names.posted(channel, up, message);
            for earlier in 0..element {
                self.pair(relation!("before"), (earlier, element), true);
            }
            self.put(relation!("posted"), element, true);
            self.put(relation!("up"), element, up);
            let opener = self.to.names.port(PortId::Opener(channel));
            self.pair(relation!("along"), (element, opener), true);
        }
        for effect in self.step.effects {
            match *effect {
                Effect::Called { occurrence: Occurrence::Message { port, message }, .. }
                    if matches!(self.step.action, Action::Dispatch { .. }) =>
                {
                    let at = (self.to.names.port(port), self.to.names.message(port, message));
                    self.pair(relation!("delivered"), at, true);
                }
                Effect::Dropped { port, message, .. } => {
                    let at = (self.to.names.port(port), self.to.names.message(port, message));
                    self.pair(relation!("dropped"), at, true);
                }
                Effect::DroppedHeld { channel, message, .. } => {
                    let message = self.to.names.posted(channel, false, message);
                    self.put(relation!("voided"), message, true);
                }
                _ => {}
            }
        }
    }
}
