//! Which rule a concrete step follows, by its action and by what has come of it.

use worldport_model::{
    Action, Departure, Effect, EventSource, Item, ListenerTarget, Permission, Phase, PortId,
};

use super::observe::Observer;
use super::system::relation;

/// A rule and its parameters.
pub(super) type Chosen = (&'static str, Vec<usize>);

const STAY: Chosen = ("stay", Vec::new());

impl Observer<'_> {
    /// The rule of an action, by what has come of it.
    pub(super) fn rule(&self) -> Chosen {
        let names = &self.to.names;
        let effects = self.step.effects;
        let entered = effects.iter().find_map(|effect| match *effect {
            Effect::ContextEntered { context } | Effect::Woke { context, .. } => Some(context),
            _ => None,
        });
        let fresh = entered.filter(|it| !self.step.before.contexts.contains_key(it));
        let fresh = fresh.map(|it| (names.context(it), self.step.after.contexts[&it].extension));
        let enter_page = || match fresh {
            Some((context, of)) => ("enter_page", vec![context, names.extension(of)]),
            None => STAY,
        };
        match *self.step.action {
            Action::LoadExtension { .. } => {
                let loaded = effects.iter().find_map(|effect| match *effect {
                    Effect::ExtensionLoaded { extension } => Some(names.extension(extension)),
                    _ => None,
                });
                loaded.map_or(STAY, |extension| ("load", vec![extension]))
            }
            Action::UnloadExtension { extension } => ("unload", vec![names.extension(extension)]),
            Action::ConfigureWorld { context, world, .. }
            | Action::ResetWorldConfiguration { context, world } => {
                let extension = self.step.before.contexts[&context].extension;
                let extension = names.extension(extension);
                ("configure", vec![extension, names.world(world), names.context(context)])
            }
            Action::RevokePermission { extension } => {
                let had = self.step.before.loaded(extension).map(|it| it.permission);
                match had {
                    Some(Permission::Granted) => ("revoke", vec![names.extension(extension)]),
                    _ => STAY,
                }
            }
            Action::StartBackground { .. }
            | Action::OpenPage { .. }
            | Action::SendMessage { .. } => enter_page(),
            Action::Inject { extension, .. } => {
                let Some((context, _)) = fresh else { return STAY };
                let extension = names.extension(extension);
                match self.tables.only(&self.to.state, relation!("within"), context) {
                    Some(world) => ("enter_world", vec![context, extension, world]),
                    None => ("enter_content", vec![context, extension]),
                }
            }
            Action::AddListener { context, target: ListenerTarget::Runtime(_), .. }
            | Action::RemoveListener { context, target: ListenerTarget::Runtime(_), .. } => {
                ("listen", vec![names.context(context)])
            }
            Action::Connect { context } => {
                let by = names.context(context);
                let opened = effects.iter().find_map(|effect| match *effect {
                    Effect::Opened { port } => Some(names.port(port)),
                    _ => None,
                });
                let Some(port) = opened else { return STAY };
                match fresh {
                    Some((woken, of)) => {
                        ("connect_waking", vec![port, by, woken, names.extension(of)])
                    }
                    None if self.is(relation!("waiting"), port) => {
                        ("connect_waiting", vec![port, by])
                    }
                    None => ("connect", vec![port, by]),
                }
            }
            Action::BackgroundStarted { context } => {
                let extension = self.step.before.contexts[&context].extension;
                ("background_started", vec![names.extension(extension)])
            }
            Action::StopBackground { extension } => {
                let ended = effects.iter().find_map(|effect| match *effect {
                    Effect::ContextEnded { context } => Some(self.from.names.context(context)),
                    _ => None,
                });
                let extension = names.extension(extension);
                ended.map_or(STAY, |context| ("stop_background", vec![context, extension]))
            }
            Action::Navigate { departure: Departure::Cached, .. }
            | Action::Restore { departure: Departure::Cached, .. } => ("pages_cached", vec![]),
            Action::ClosePage { .. }
            | Action::DestroyDocument { .. }
            | Action::Navigate { departure: Departure::Destroyed, .. }
            | Action::Restore { departure: Departure::Destroyed, .. } => ("contexts_end", vec![]),
            Action::Post { context, port, message } => {
                let by = names.context(context);
                let opener = names.port(PortId::Opener(port.channel()));
                let up = matches!(port, PortId::Receiver(..));
                let message = names.posted(port.channel(), up, message);
                if up {
                    ("post_up", vec![names.port(port), opener, by, message])
                } else if self.was(relation!("waiting"), opener)
                    && !self.was(relation!("news"), opener)
                {
                    ("post_held", vec![opener, by, message])
                } else {
                    ("post_down", vec![opener, by, message])
                }
            }
            Action::Disconnect { context, port } => {
                let element = names.port(port);
                match self.was(relation!("open"), element) {
                    true => ("disconnect", vec![element, names.context(context)]),
                    false => STAY,
                }
            }
            Action::Dispatch { context, source: EventSource::Port(port) } => {
                self.dispatch(self.from.names.context(context), port)
            }
            Action::Dispatch { context, source: EventSource::Request(_) }
            | Action::Next { context, .. } => {
                let called = effects.iter().any(|it| matches!(it, Effect::Called { .. }));
                match called {
                    true => ("next", vec![names.context(context)]),
                    false => STAY,
                }
            }
            Action::Abandon { .. }
            | Action::AddListener { .. }
            | Action::CreateDocument { .. }
            | Action::Dispatch { source: EventSource::Reply(_), .. }
            | Action::GrantPermission { .. }
            | Action::Release { .. }
            | Action::RemoveListener { .. }
            | Action::Respond { .. } => STAY,
        }
    }

    fn dispatch(&self, context: usize, port: PortId) -> Chosen {
        let element = self.from.names.port(port);
        let Some(end) = self.step.before.end(port) else { return STAY };
        if end.phase == Phase::Offered {
            let accepted = self.step.effects.iter().any(|it| matches!(it, Effect::Accepted { .. }));
            let opener = self.from.names.port(PortId::Opener(port.channel()));
            return match accepted {
                true => ("accept", vec![element, opener, context]),
                false => ("decline", vec![element]),
            };
        }
        match end.inbox.front() {
            Some(Item::Message(message)) => {
                let message = self.from.names.message(port, *message);
                let called = self.step.effects.iter().any(|it| matches!(it, Effect::Called { .. }));
                match called {
                    true => ("hand", vec![element, message, context]),
                    false => ("pass_over", vec![element, message]),
                }
            }
            _ => ("tell", vec![element, context]),
        }
    }
}
