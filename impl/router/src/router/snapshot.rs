//! Snapshot: the state copied out as plain data.

use alloc::vec::Vec;

use super::Router;
use crate::record::{Channel, Context, Extension, Frame, Kind, Running, Until};
use crate::store::{Id, ListenerSet, NONE, Queue, Store as _};
use crate::{
    ChannelSnapshot, ContextId, ContextKind, ContextSnapshot, DispatchEvent, DispatchSnapshot,
    DocumentSnapshot, EndPhase, EndSnapshot, ExtensionId, ExtensionSnapshot, ExtensionState,
    HoldSnapshot, HoldUntil, ListenerId, OpenerSnapshot, Payload, RequestSnapshot, Snapshot,
};

impl<P: Payload> Router<P> {
    /// The whole state as plain data. It costs as much as everything there is.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<P> {
        Snapshot {
            extensions: self.extensions.iter().map(|(id, e)| self.extension(id, e)).collect(),
            documents: self.document_snapshots(),
            contexts: self.contexts.iter().map(|(id, c)| self.context(id, c)).collect(),
            channels: self.channels.iter().map(|(_, channel)| self.channel(channel)).collect(),
            requests: self.request_snapshots(),
        }
    }

    fn extension(&self, id: ExtensionId, record: &Extension) -> ExtensionSnapshot {
        let state = if record.loaded {
            ExtensionState::Loaded {
                background: record.background,
                permission: record.permission,
                configs: record.configs.clone().into_iter().collect(),
            }
        } else {
            ExtensionState::Unloaded
        };
        let mut contexts = record.own.slots(&self.contexts.back);
        contexts.extend(record.injected.slots(&self.contexts.back));
        ExtensionSnapshot {
            id,
            name: record.name.clone(),
            state,
            contexts: self.context_ids(contexts),
        }
    }

    fn document_snapshots(&self) -> Vec<DocumentSnapshot> {
        let snapshot = |(id, record): (_, &crate::record::Document)| {
            let Frame { number, parent, .. } = *self.frames.at(record.frame);
            DocumentSnapshot {
                id,
                frame: number,
                parent: parent.map(|slot| self.documents.id_of(slot)),
                state: record.state,
                content: record.content.clone(),
                contexts: self.context_ids(record.contexts.slots(&self.contexts.back)),
            }
        };
        self.documents.iter().map(snapshot).collect()
    }

    fn context(&self, id: ContextId, record: &Context) -> ContextSnapshot {
        let document = |slot| self.documents.id_of(slot);
        let back = self.contexts.back.at(Id::slot(id));
        let kind = match back.kind.clone() {
            Kind::Background => ContextKind::Background,
            Kind::ContentScript { document: slot } => {
                ContextKind::ContentScript { document: document(slot) }
            }
            Kind::Page => ContextKind::Page,
            Kind::World { document: slot, world } => {
                ContextKind::World { document: document(slot), world, gate: record.gate }
            }
        };
        let under_way = back.account.under_way(record);
        ContextSnapshot {
            id,
            extension: self.extensions.id_of(back.extension),
            kind,
            suspended: record.suspended,
            invalidated: record.invalidated,
            listeners: back.runtime.each_ref().map(|set| self.listeners_of(set)),
            dispatch: self.dispatch_event(record.running).map(|event| DispatchSnapshot {
                event,
                listener: record.listener,
                remaining: record.remaining.iter().rev().copied().collect(),
            }),
            queued_messages: under_way.messages,
            queued_bytes: under_way.bytes,
            held_messages: back.held_messages,
            held_bytes: back.held_bytes,
        }
    }

    fn dispatch_event(&self, running: Running) -> Option<DispatchEvent> {
        let port = |slot| self.ends.id_of(slot);
        Some(match running {
            Running::Connect { port: slot, .. } => DispatchEvent::Connect { port: port(slot) },
            Running::Disconnect { port: slot, error } => {
                DispatchEvent::Disconnect { port: port(slot), error }
            }
            Running::Idle => return None,
            Running::Message { port: slot } => DispatchEvent::Message { port: port(slot) },
            Running::Request { request, threw, will_respond, .. } => {
                DispatchEvent::Request { request, threw, will_respond }
            }
        })
    }

    fn channel(&self, record: &Channel) -> ChannelSnapshot<P> {
        let opener = if record.opener_dead {
            OpenerSnapshot::Dead
        } else {
            let slot = Id::slot(record.opener);
            let end = self.ends.at(slot);
            match end.phase.named() {
                Some(phase) => OpenerSnapshot::Held(self.end(slot, phase)),
                None => OpenerSnapshot::Released(self.contexts.id_of(end.owner)),
            }
        };
        let receivers = record.receivers.slots(&self.ends.back).into_iter();
        let receivers = receivers
            .filter_map(|slot| Some(self.end(slot, self.ends.at(slot).phase.named()?)))
            .collect();
        ChannelSnapshot {
            id: record.opener,
            event: record.event,
            name: record.name.clone(),
            sender: record.sender.clone(),
            accepted: record.accepted,
            opener,
            holding: self.holding(record.hold),
            receivers,
        }
    }

    fn holding(&self, hold: u32) -> Option<HoldSnapshot<P>> {
        if hold == NONE {
            return None;
        }
        let hold = self.holds.at(hold);
        let until = match hold.until {
            Until::Answered { .. } => HoldUntil::Answered,
            Until::Started { opener_left } => HoldUntil::Started { opener_left },
        };
        Some(HoldSnapshot { until, messages: self.messages_of(hold.messages) })
    }

    fn end(&self, slot: u32, phase: EndPhase) -> EndSnapshot<P> {
        let record = self.ends.at(slot);
        EndSnapshot {
            id: self.ends.id_of(slot),
            context: self.contexts.id_of(record.owner),
            phase,
            link: record.link(),
            messages: self.messages_of(record.inbox),
            disconnect: record.pending,
            on_message: self.listeners_of(&record.on_message()),
            on_disconnect: self.listeners_of(&self.ends.back.at(slot).on_disconnect),
        }
    }

    fn request_snapshots(&self) -> Vec<RequestSnapshot<P>> {
        let snapshot = |(id, record): (_, &crate::record::Request<P>)| {
            let asks = record.asks.slots(&self.asks).into_iter().map(|slot| self.asks.at(slot));
            RequestSnapshot {
                id,
                event: record.event,
                message: record.message.clone(),
                sender: record.sender.clone(),
                origin: record.origin.map(|slot| self.contexts.id_of(slot)),
                phase: record.phase.clone(),
                received: record.received,
                lost: record.lost,
                receivers: asks.map(|ask| (self.contexts.id_of(ask.receiver), ask.phase)).collect(),
            }
        };
        self.requests.iter().map(snapshot).collect()
    }

    fn context_ids(&self, slots: Vec<u32>) -> Vec<ContextId> {
        slots.into_iter().map(|slot| self.contexts.id_of(slot)).collect()
    }

    fn listeners_of(&self, set: &ListenerSet) -> Vec<ListenerId> {
        self.listeners.of(set).to_vec()
    }

    fn messages_of(&self, queue: Queue) -> Vec<P> {
        self.messages.iter(queue).cloned().collect()
    }
}
