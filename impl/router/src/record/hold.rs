//! Hold: why a channel or a request cannot go on yet, and the messages that wait meanwhile.

use crate::store::{Linked, Links, Queue};

/// The list of what waits for the starting background of an extension.
#[derive(Debug)]
pub(crate) enum Waiting {}

/// A hold. Rare and short-lived, so it is no part of the channel record.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    /// The slot of the extension.
    pub(crate) extension: u32,
    pub(crate) subject: Subject,
    pub(crate) until: Until,
    /// What the opener posted meanwhile. Empty for a request, which keeps its own message.
    pub(crate) messages: Queue,
    pub(crate) waiting: Links,
}

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The slot of a channel.
    Channel(u32),
    /// The slot of a request.
    Request(u32),
}

/// What a hold waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// For the contexts that have not answered the connect event. Only of channels, and in no list.
    Answered { unanswered: u32 },
    /// For the background to start; in the waiting list of the extension.
    Started { opener_left: bool },
}

impl Linked<Waiting> for Hold {
    fn links(&self) -> Links {
        self.waiting
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.waiting
    }
}
