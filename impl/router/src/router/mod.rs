//! Router: the one place where records meet.
//!
//! Each file of this folder holds the calls about one kind of record, or the steps that several
//! calls share. Every call decides first, reading only, and then commits: what can be refused is
//! refused before the first write, and a step that commits cannot fail: `[S9]`.

mod accounts;
mod audit;
mod backgrounds;
mod cache;
mod channels;
mod check;
mod consistent;
mod death;
mod delivery;
mod dispatch;
mod documents;
mod extensions;
mod instances;
mod invariants;
mod listeners;
mod notices;
mod ports;
mod queries;
mod receivers;
mod requests;
mod snapshot;
#[cfg(test)]
mod tests;
mod withdrawal;
mod worlds;

use self::notices::Notices;
use crate::record::{Ask, Channel, Context, Document, End, Extension, Frame, Hold, Request};
use crate::store::{ListenerSets, Messages, Pool, Slab, Split};
use crate::{DropCounts, Limits, Payload, Rules};

/// Routes connections, messages and one-time messages between the contexts of extensions.
///
/// It does no input or output and has no clock, threads or callbacks. The embedder tells it what
/// happens by calling methods, and after each call drains [`poll`](Self::poll), which names the
/// contexts for which events wait. A context's event loop takes one with
/// [`dispatch`](Self::dispatch), calls the listener that it names, and goes on with
/// [`next`](Self::next) until that names no other.
///
/// * *Driver calls* (documents, backgrounds, pages, extensions, injection) come from the embedder.
/// * *Script calls* name the acting context first, and it is checked whether that context may.
///
/// A refused call has changed nothing: `[S9]`. Ids are claims: stale, foreign and forged ones are
/// refused. An id that belongs to another `Router` is at worst taken for a record of the acting
/// context of this one, and no call panics for any argument.
#[derive(Clone, Debug)]
pub struct Router<P> {
    rules: Rules,
    limits: Limits,
    /// The largest message that rules and limits both allow.
    message_bytes: usize,
    extensions: Slab<Extension>,
    documents: Slab<Document>,
    frames: Pool<Frame>,
    contexts: Split<Context>,
    ends: Split<End>,
    channels: Pool<Channel>,
    holds: Pool<Hold>,
    requests: Slab<Request<P>>,
    asks: Pool<Ask>,
    messages: Messages<P>,
    listeners: ListenerSets,
    notices: Notices,
    dropped: DropCounts,
    /// How many frames there ever were.
    frames_made: u64,
}

impl<P: Payload> Router<P> {
    /// A router without any records.
    #[must_use]
    pub const fn new(rules: Rules, limits: Limits) -> Self {
        let message_bytes = match rules.message_bytes {
            Some(rule) if rule < limits.message_bytes => rule,
            _ => limits.message_bytes,
        };
        Self {
            rules,
            limits,
            message_bytes,
            extensions: Slab::new(),
            documents: Slab::new(),
            frames: Pool::new(),
            contexts: Split::new(),
            ends: Split::new(),
            channels: Pool::new(),
            holds: Pool::new(),
            requests: Slab::new(),
            asks: Pool::new(),
            messages: Messages::new(),
            listeners: ListenerSets::new(),
            notices: Notices::new(),
            dropped: DropCounts::ZERO,
            frames_made: 0,
        }
    }
}
