//! What an adversary has seen: every id that was ever handed out, and what it makes of a pick.

use std::collections::{BTreeSet, VecDeque};

use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer};
use worldport::{
    Call, ContextId, Dispatched, DocumentId, EventSource, ExtensionId, Occurrence, Output, PortId,
    Reply, RequestId,
};

use super::{Blob, Pick};

/// Every id ever seen, in order of appearance, and the events that were announced and not yet taken.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) extensions: Vec<ExtensionId>,
    pub(super) documents: Vec<DocumentId>,
    /// Those of them of which a call was told that they are gone.
    pub(super) gone: BTreeSet<DocumentId>,
    pub(super) contexts: Vec<ContextId>,
    pub(super) ports: Vec<(ContextId, PortId)>,
    pub(super) requests: Vec<RequestId>,
    pub(super) events: VecDeque<(ContextId, EventSource)>,
}

impl Known {
    pub(super) fn learn(&mut self, call: &Call<Blob>, reply: &Reply<Blob>) {
        match reply {
            Reply::Context(id) => self.contexts.push(*id),
            Reply::Document(id) => self.documents.push(*id),
            Reply::Extension(id) => self.extensions.push(*id),
            Reply::Port(id) => {
                if let Some(context) = call.context() {
                    self.ports.push((context, *id));
                }
            }
            Reply::Request(id) => self.requests.push(*id),
            Reply::Dispatched(Dispatched::Called { occurrence, .. }) => match occurrence {
                Occurrence::Connect { port, .. } => {
                    if let Some(context) = call.context() {
                        self.ports.push((context, *port));
                    }
                }
                Occurrence::Request { request, .. } => self.requests.push(*request),
                Occurrence::Disconnect { .. } | Occurrence::Message { .. } => {}
            },
            Reply::Dispatched(_) | Reply::Done | Reply::Next(_) => {}
        }
    }

    pub(super) fn hear(&mut self, output: Output) {
        match output {
            Output::ContextEnded { .. } => {}
            Output::Ready { context, source } => self.events.push_back((context, source)),
            Output::Woken { context, .. } => self.contexts.push(context),
        }
    }
}

/// The record that a pick means; nothing if none was ever seen.
pub(super) fn pick<I: Copy + for<'a> Deserialize<'a>>(seen: &[I], pick: Pick) -> Option<I> {
    match pick {
        Pick::Forged { .. } => forged(pick),
        _ => place(seen.len(), pick).map(|place| seen[place]),
    }
}

/// Which of so many a pick means. A forged id means the first, where nothing can be forged.
pub(super) fn place(seen: usize, pick: Pick) -> Option<usize> {
    let last = seen.checked_sub(1)?;
    Some(match pick {
        Pick::Ever(number) => usize::from(number) % seen,
        Pick::Forged { .. } => 0,
        Pick::Recent(back) => last.saturating_sub(usize::from(back)),
    })
}

/// An id that nobody handed out; or that somebody did, by chance.
pub(super) fn forged<I: for<'a> Deserialize<'a>>(pick: Pick) -> Option<I> {
    let Pick::Forged { slot, from_the_end, generation } = pick else { return None };
    let slot = if from_the_end { u32::MAX - u32::from(slot) } else { u32::from(slot) };
    let generation = generation.map_or(u32::MAX, |it| u32::from(it) + 1);
    let fields = [("slot", slot), ("generation", generation)];
    I::deserialize(MapDeserializer::<_, Error>::new(fields.into_iter())).ok()
}
