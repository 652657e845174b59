//! What every public call ends with: the records are checked in debug builds, and the call is
//! logged.

use core::fmt::Debug;

use super::Router;
use crate::Payload;

/// A debug build checks all records after each call while there are no more than this; beyond it,
/// that would make every call cost as much as everything.
const CHECKED_RECORDS: usize = 64;

impl<P: Payload> Router<P> {
    /// Ends a call that may have been refused.
    #[inline]
    pub(super) fn done<T, E: Debug>(
        &self,
        call: &'static str,
        result: Result<T, E>,
    ) -> Result<T, E> {
        self.note(call, &result);
        result
    }

    /// As [`done`](Self::done), of a result that is too large to be moved for it.
    #[inline]
    pub(super) fn note<T, E: Debug>(&self, call: &'static str, result: &Result<T, E>) {
        debug_assert!(
            self.records() > CHECKED_RECORDS || self.is_consistent(),
            "the records disagree after {call}: {:?}",
            self.inconsistency(),
        );
        #[cfg(feature = "tracing")]
        match result {
            Ok(_) => tracing::trace!(call, "done"),
            Err(refusal) => tracing::debug!(call, ?refusal, "refused"),
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (call, result);
    }

    pub(super) fn records(&self) -> usize {
        self.extensions.len()
            + self.documents.len()
            + self.contexts.len()
            + self.ends.len()
            + self.requests.len()
            + self.messages.used()
            + self.notices.len()
    }
}
