//! Account: who answers for what is under way.
//!
//! A message that waits is on the account of the context that opened its channel, whichever way it
//! goes, or that sent the request. So a context that posts without end, and one that never takes
//! what is posted to it, both fill their own account, and posts in channels of others go on.
//!
//! What an account may hold is drawn from the extension's in steps, and given back when nothing is
//! under way any more: a route compares with what was granted before and asks nobody.

use crate::Limits;

/// Messages and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// The account of one context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) under_way: Amount,
    /// How much may be under way without asking the extension.
    pub(crate) granted: Amount,
}

/// By how much a grant grows at least, where there is so much.
const STEP: Amount = Amount { messages: 1 << 10, bytes: 1 << 20 };

impl Amount {
    pub(crate) const fn message(bytes: usize) -> Self {
        Self { messages: 1, bytes }
    }

    pub(crate) const fn times(self, count: usize) -> Self {
        Self {
            messages: self.messages.saturating_mul(count),
            bytes: self.bytes.saturating_mul(count),
        }
    }

    #[inline]
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    #[inline]
    pub(crate) const fn less(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    fn max(self, other: Self) -> Self {
        Self { messages: self.messages.max(other.messages), bytes: self.bytes.max(other.bytes) }
    }

    fn min(self, other: Self) -> Self {
        Self { messages: self.messages.min(other.messages), bytes: self.bytes.min(other.bytes) }
    }
}

impl Account {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { under_way: Amount::default(), granted: Self::free(limits) }
    }

    /// What a context may have under way that its extension does not count.
    pub(crate) fn free(limits: &Limits) -> Amount {
        let free = Amount { messages: Limits::FREE_MESSAGES, bytes: Limits::FREE_BYTES };
        free.min(Amount { messages: limits.queued_messages, bytes: limits.queued_bytes })
    }

    /// Whether what was granted is enough for so much more.
    #[inline]
    pub(crate) const fn has_room(&self, more: Amount) -> bool {
        let after = self.under_way.plus(more);
        after.messages <= self.granted.messages && after.bytes <= self.granted.bytes
    }

    /// Whether more was granted than is free.
    #[inline]
    pub(crate) const fn is_extended(&self) -> bool {
        self.granted.messages > Limits::FREE_MESSAGES || self.granted.bytes > Limits::FREE_BYTES
    }

    /// What has to be granted beyond what is for so much more to fit: at least a step, if context
    /// and extension have so much left, and never less than what is needed.
    pub(crate) fn wanted(&self, more: Amount, left: Amount, limits: &Limits) -> Amount {
        let needed = self.under_way.plus(more).less(self.granted);
        let most = Amount { messages: limits.queued_messages, bytes: limits.queued_bytes };
        let step = Amount {
            messages: if needed.messages > 0 { STEP.messages } else { 0 },
            bytes: if needed.bytes > 0 { STEP.bytes } else { 0 },
        };
        needed.max(step.min(left).min(most.less(self.granted)))
    }
}
