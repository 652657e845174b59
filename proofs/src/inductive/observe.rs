//! What happens in a concrete step, as events of the system.
//!
//! What can be seen in effects and in the difference between the states is taken from there. What follows
//! from the records (which ports are on a channel that is cut, whose opener leaves) is looked up.

use worldport_model::{Action, Effect, ListenerTarget, Occurrence, RuntimeEvent};

use super::concrete::{Abstract, Concrete};
use super::induction::System;
use super::structure::{Sort, Span, Structure};
use super::system::relation;
use super::tables::Tables;

/// The events of a step, its rule, and the rule's parameters.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What happens.
    pub events: Structure,
    /// The name of the rule.
    pub rule: &'static str,
    /// Its parameters.
    pub parameters: Vec<usize>,
}

/// What happens in a step.
#[must_use]
pub fn observe(system: &System, from: &Abstract, step: &Concrete<'_>, to: &Abstract) -> Observed {
    let tables = Tables { vocabulary: &system.vocabulary };
    let events = Structure::empty(&system.vocabulary, Span::Step);
    let mut seen = Observer { tables, from, step, to, events };
    let (rule, parameters) = seen.rule();
    seen.observe(rule, &parameters);
    Observed { events: seen.events, rule, parameters }
}

pub(super) struct Observer<'a> {
    pub(super) tables: Tables<'a>,
    pub(super) from: &'a Abstract,
    pub(super) step: &'a Concrete<'a>,
    pub(super) to: &'a Abstract,
    events: Structure,
}

impl Observer<'_> {
    fn put(&mut self, relation: usize, at: usize) {
        self.tables.put(&mut self.events, relation, at, true);
    }

    fn put_pair(&mut self, relation: usize, at: (usize, usize)) {
        self.tables.pair(&mut self.events, relation, at, true);
    }

    fn happens(&self, relation: usize, at: usize) -> bool {
        self.tables.has(&self.events, relation, at)
    }

    pub(super) fn was(&self, relation: usize, at: usize) -> bool {
        self.tables.has(&self.from.state, relation, at)
    }

    pub(super) fn is(&self, relation: usize, at: usize) -> bool {
        self.tables.has(&self.to.state, relation, at)
    }

    fn all(&self, sort: Sort) -> std::ops::Range<usize> {
        0..self.to.sizes[sort.index()]
    }

    fn observe(&mut self, rule: &str, parameters: &[usize]) {
        self.of_extensions(rule, parameters);
        self.of_contexts(rule, parameters);
        self.of_effects();
        self.of_ports(rule, parameters);
        self.of_cuts(rule, parameters);
        self.of_news();
    }

    fn of_extensions(&mut self, rule: &str, parameters: &[usize]) {
        for extension in self.all(Sort::Extension) {
            match (
                self.was(relation!("loaded"), extension),
                self.is(relation!("loaded"), extension),
            ) {
                (false, true) => self.put(relation!("loads"), extension),
                (true, false) => self.put(relation!("unloads"), extension),
                _ => {}
            }
        }
        if rule == "configure" {
            self.put_pair(relation!("configures"), (parameters[0], parameters[1]));
        }
    }

    fn of_contexts(&mut self, rule: &str, parameters: &[usize]) {
        for context in self.all(Sort::Context) {
            match (self.was(relation!("alive"), context), self.is(relation!("alive"), context)) {
                (false, true) => self.put(relation!("enters"), context),
                (true, false) => self.put(relation!("dies"), context),
                (true, true)
                    if self.was(relation!("granted"), context)
                        && !self.is(relation!("granted"), context) =>
                {
                    self.put(relation!("withdraws"), context);
                }
                _ => {}
            }
            let muted = rule == "revoke"
                && self.tables.has_pair(
                    &self.from.state,
                    relation!("of"),
                    (context, parameters[0]),
                );
            if muted {
                self.put(relation!("mutes"), context);
            }
        }
        if rule == "listen" {
            self.put(relation!("listens"), parameters[0]);
        }
    }

    fn of_effects(&mut self) {
        let dispatches = matches!(self.step.action, Action::Dispatch { .. });
        let one = matches!(self.step.action, Action::Dispatch { .. } | Action::Post { .. });
        for effect in self.step.effects {
            match *effect {
                Effect::Accepted { port } => {
                    let element = self.from.names.port(port);
                    self.put(relation!("accepts"), element);
                }
                Effect::Called { context, listener, occurrence } => {
                    self.put(relation!("calls"), self.from.names.context(context));
                    match occurrence {
                        Occurrence::Connect { port, .. } if dispatches => {
                            let element = self.from.names.port(port);
                            for (relation, event) in [
                                (relation!("by_us"), RuntimeEvent::OnUserScriptConnect),
                                (relation!("by_oc"), RuntimeEvent::OnConnect),
                            ] {
                                let target = (context, ListenerTarget::Runtime(event));
                                let set = self.step.past.listeners.get(&target);
                                if set.is_some_and(|set| set.contains(&listener)) {
                                    self.put(relation, element);
                                }
                            }
                        }
                        Occurrence::Message { port, message } if dispatches => {
                            let message = self.from.names.message(port, message);
                            self.put_pair(
                                relation!("hands"),
                                (self.from.names.port(port), message),
                            );
                        }
                        _ => {}
                    }
                }
                Effect::Disconnected { port, .. } => {
                    self.put(relation!("tells"), self.from.names.port(port));
                }
                Effect::Dropped { port, message, .. } if one => {
                    let message = self.to.names.message(port, message);
                    let port = self.from.names.port(port);
                    // What is declined goes with its port.
                    if self.was(relation!("open"), port) || !self.was(relation!("offered"), port) {
                        self.put_pair(relation!("loses"), (port, message));
                    }
                }
                Effect::DroppedHeld { channel, message, .. } => {
                    let message = self.to.names.posted(channel, false, message);
                    self.put(relation!("voids"), message);
                }
                _ => {}
            }
        }
    }

    fn of_ports(&mut self, rule: &str, parameters: &[usize]) {
        let offering = matches!(rule, "background_started" | "stop_background");
        for port in self.all(Sort::Port) {
            if !self.was(relation!("made"), port) {
                match self.is(relation!("opener"), port) {
                    true => self.put(relation!("opens"), port),
                    false => self.put(relation!("offers"), port),
                }
            }
            match (self.was(relation!("waiting"), port), self.is(relation!("waiting"), port)) {
                (false, true) => self.put(relation!("waits"), port),
                (true, false) => self
                    .put(if offering { relation!("starts") } else { relation!("cancels") }, port),
                _ => {}
            }
            let owner = self.tables.only(&self.from.state, relation!("owner"), port);
            if owner.is_some_and(|owner| self.happens(relation!("dies"), owner)) {
                self.put(relation!("falls"), port);
            }
            for (event, relation) in [
                (relation!("queues"), relation!("queued")),
                (relation!("holds"), relation!("held")),
            ] {
                let new = self.tables.row(&self.to.state, relation, port)
                    & !self.tables.row(&self.from.state, relation, port);
                for message in (0..64).filter(|it| new >> it & 1 == 1) {
                    self.put_pair(event, (port, message));
                }
            }
            let of =
                owner.and_then(|owner| self.tables.only(&self.from.state, relation!("of"), owner));
            if rule == "unload"
                && self.was(relation!("opener"), port)
                && self.was(relation!("open"), port)
                && of == Some(parameters[0])
            {
                self.put(relation!("wipes"), port);
            }
            let newly = self.is(relation!("news"), port) && !self.was(relation!("news"), port);
            if rule == "pages_cached" && self.was(relation!("opener"), port) && newly {
                self.put(relation!("caches"), port);
            }
        }
        match rule {
            "decline" => self.put(relation!("declines"), parameters[0]),
            "disconnect" => self.put(relation!("shuts"), parameters[0]),
            "post_held" | "post_down" => self.put(relation!("posts"), parameters[2]),
            "post_up" => self.put(relation!("posts"), parameters[3]),
            _ => {}
        }
    }

    /// The ports of the channels that are cut.
    fn of_cuts(&mut self, rule: &str, parameters: &[usize]) {
        for port in self.all(Sort::Port) {
            let opener = match self.was(relation!("opener"), port) {
                true => Some(port),
                false => self.tables.only(&self.from.state, relation!("receiver"), port),
            };
            let Some(opener) = opener else { continue };
            let Some(owner) = self.tables.only(&self.from.state, relation!("owner"), opener) else {
                continue;
            };
            let cut = match rule {
                "configure" => self.happens(relation!("withdraws"), owner),
                "revoke" => {
                    let of = self.tables.only(&self.from.state, relation!("of"), owner);
                    self.was(relation!("us"), opener) && of == Some(parameters[0])
                }
                _ => false,
            };
            if cut {
                self.put(relation!("cuts"), port);
            }
        }
    }

    /// The ports to which the news is sent.
    fn of_news(&mut self) {
        let live = |it: &Self, port| {
            (it.was(relation!("open"), port) || it.was(relation!("offered"), port))
                && !it.was(relation!("news"), port)
        };
        for port in self.all(Sort::Port) {
            let newly = self.is(relation!("news"), port) && !self.was(relation!("news"), port);
            if self.is(relation!("opener"), port) {
                let sent = self.happens(relation!("caches"), port)
                    || self.happens(relation!("cuts"), port);
                if newly && !(live(self, port) && sent) {
                    self.put(relation!("settles"), port);
                }
                if newly || live(self, port) && sent {
                    self.put(relation!("notes"), port);
                }
                continue;
            }
            let Some(opener) = self.tables.only(&self.to.state, relation!("receiver"), port) else {
                continue;
            };
            let leaves = self.happens(relation!("shuts"), opener)
                || self.happens(relation!("falls"), opener) && self.was(relation!("open"), opener)
                || self.happens(relation!("caches"), opener);
            let cut = self.happens(relation!("cuts"), opener) && self.was(relation!("open"), port);
            let noted = match self.happens(relation!("offers"), port) {
                true => {
                    self.was(relation!("left"), opener)
                        || self.was(relation!("waiting"), opener) && leaves
                }
                false => live(self, port) && (leaves || cut),
            };
            if noted {
                self.put(relation!("notes"), port);
            }
        }
    }
}
