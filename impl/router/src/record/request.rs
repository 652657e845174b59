//! Request: a one-time message and its reply.

use alloc::sync::Arc;

use super::OfRequest;
use crate::store::{Linked, Links, List, Record};
use crate::{RequestId, RequestPhase, RuntimeEvent, Sender};

/// The list of the requests that a context sent.
#[derive(Debug)]
pub(crate) enum OfOrigin {}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request<P> {
    pub(crate) event: RuntimeEvent,
    /// Invariant: present exactly while some receiver is yet to get it.
    pub(crate) message: Option<P>,
    pub(crate) sender: Arc<Sender>,
    /// The slot of the extension.
    pub(crate) extension: u32,
    /// The slot of the context that waits for the reply; `None` if that died.
    pub(crate) origin: Option<u32>,
    pub(crate) phase: RequestPhase<P>,
    /// Whether any listener got it.
    pub(crate) received: bool,
    /// Whether a receiver that had got it died or let go of it without an answer.
    pub(crate) lost: bool,
    /// Whether the notice of the reply was taken out of the queue.
    pub(crate) announced: bool,
    /// The slot of the hold while it waits, else [`NONE`](crate::store::NONE).
    pub(crate) hold: u32,
    /// The contexts that may still answer, in the order in which they were asked.
    pub(crate) asks: List<OfRequest>,
    /// How many of them are yet to get the message.
    pub(crate) offered: u32,
    pub(crate) of_origin: Links,
}

impl<P> Record for Request<P> {
    type Id = RequestId;
}

impl<P> Linked<OfOrigin> for Request<P> {
    fn links(&self) -> Links {
        self.of_origin
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_origin
    }
}
