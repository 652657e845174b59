//! In which order contexts hear of what happened at once.
//!
//! The router promises an order within one channel and direction, and none between channels. Browsers
//! have one there: when a document is left, the other sides of its ports hear of it in the order in which
//! the ports were opened, whichever world they belong to (n2, i4). The host, which schedules, does the
//! same.

use worldport::{Call, DocumentId, EventSource, Output, Reply};

use crate::host::{Host, HostError};
use crate::payload::Payload;

/// The order between documents that are left at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Succession {
    /// Only the order of the ports counts.
    Mixed,
    /// The document around frames first.
    ParentsFirst,
    /// The documents in frames first.
    FramesFirst,
}

impl Host {
    /// The next notice.
    pub(crate) fn next_output(&mut self) -> Option<Output> {
        self.scheduled.pop_front().or_else(|| self.core.borrow_mut().router.poll())
    }

    /// Makes a call by which documents (parents first) are left, and puts in order what follows from it.
    pub(crate) fn apply_leaving(
        &mut self,
        call: Call<Payload>,
        left: &[DocumentId],
        succession: Succession,
    ) -> Result<Reply<Payload>, HostError> {
        let before = self.take_notices();
        self.scheduled.extend(before);
        let outcome = self.apply(call);
        let mut notices = self.take_notices();
        notices.sort_by_key(|notice| self.place_of(notice, left, succession));
        self.scheduled.extend(notices);
        outcome
    }

    fn take_notices(&self) -> Vec<Output> {
        std::iter::from_fn(|| self.core.borrow_mut().router.poll()).collect()
    }

    /// Dead contexts first, so that nothing of theirs runs any more; then ports, document by document.
    fn place_of(
        &self,
        notice: &Output,
        left: &[DocumentId],
        succession: Succession,
    ) -> (usize, u32) {
        const LAST: (usize, u32) = (usize::MAX, u32::MAX);
        let (context, port) = match *notice {
            Output::ContextEnded { .. } => return (0, 0),
            Output::Ready { context, source: EventSource::Port(port) } => (context, port),
            Output::Ready { .. } | Output::Woken { .. } => return LAST,
        };
        let core = self.core.borrow();
        let Some((handle, _)) = core.known_port(context, port) else { return LAST };
        let opened_in = core.held_port(context, handle).and_then(|held| held.opened_in);
        let at = left.iter().position(|&document| Some(document) == opened_in);
        let document = match (succession, at) {
            (Succession::Mixed, _) => 0,
            // A document of the same tab that was left before (i14b).
            (_, None) => 0,
            (Succession::FramesFirst, Some(at)) => left.len() - at,
            (Succession::ParentsFirst, Some(at)) => at + 1,
        };
        (document + 1, handle)
    }
}
