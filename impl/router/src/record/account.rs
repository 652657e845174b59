//! Account: who answers for what is under way.
//!
//! A message that waits is on the account of the context that opened its channel, whichever way it
//! goes, or that sent the request. So a context that posts without end, and one that never takes
//! what is posted to it, both fill their own account, and posts in channels of others go on.
//!
//! What an account may hold is drawn from the extension's in steps, and given back when nothing is
//! under way any more. What of it is left is the room of the context, which is in the half of its
//! record that a route reads: a route lowers the room and raises it again, and asks nobody.

use super::Context;
use crate::Limits;

/// Messages and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// The account of one context, but for the room that is left on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    /// How much may be under way without asking the extension.
    pub(crate) granted: Amount,
    /// How much is under way if that is more than was granted; there is no room then.
    pub(crate) over: Option<Amount>,
}

/// By how much a grant grows at least, where there is so much.
const STEP: Amount = Amount { messages: 1 << 10, bytes: 1 << 20 };

impl Amount {
    pub(crate) const NONE: Self = Self { messages: 0, bytes: 0 };

    pub(crate) const fn message(bytes: usize) -> Self {
        Self { messages: 1, bytes }
    }

    pub(crate) const fn times(self, count: usize) -> Self {
        Self {
            messages: self.messages.saturating_mul(count),
            bytes: self.bytes.saturating_mul(count),
        }
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) const fn less(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Whether there is place for it.
    #[inline]
    pub(crate) const fn fits(self, place: Self) -> bool {
        self.messages <= place.messages && self.bytes <= place.bytes
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
        Self { granted: Self::free(limits), over: None }
    }

    /// What a context may have under way that its extension does not count.
    pub(crate) fn free(limits: &Limits) -> Amount {
        let free = Amount { messages: Limits::FREE_MESSAGES, bytes: Limits::FREE_BYTES };
        free.min(Self::most(limits))
    }

    /// What a context may have under way at most. The room counts messages in 32 bits, as slots
    /// are counted.
    pub(crate) fn most(limits: &Limits) -> Amount {
        let messages = limits.queued_messages.min(u32::MAX as usize);
        Amount { messages, bytes: limits.queued_bytes }
    }

    /// How much is under way of the context whose account it is.
    pub(crate) fn under_way(&self, context: &Context) -> Amount {
        self.over.unwrap_or(self.granted.less(context.room()))
    }

    /// Notes how much is under way and was granted, in both halves of a context.
    pub(crate) fn set(
        &mut self,
        context: &mut Context,
        under_way: Amount,
        granted: Amount,
        limits: &Limits,
    ) {
        let is_over = !under_way.fits(granted);
        self.granted = granted;
        self.over = is_over.then_some(under_way);
        context.extended = is_over || granted != Self::free(limits);
        context.set_room(if is_over { Amount::NONE } else { granted.less(under_way) });
    }

    /// What has to be granted beyond what is for `after` to be under way: at least a step, if
    /// context and extension have so much left, and never less than what is needed.
    pub(crate) fn wanted(&self, after: Amount, left: Amount, limits: &Limits) -> Amount {
        let needed = after.less(self.granted);
        let step = Amount {
            messages: if needed.messages > 0 { STEP.messages } else { 0 },
            bytes: if needed.bytes > 0 { STEP.bytes } else { 0 },
        };
        needed.max(step.min(left).min(Self::most(limits).less(self.granted)))
    }
}
