//! Accounts: every message that is under way is on one, from the call that sends it until it is
//! handed out or dropped.
//!
//! What a dead context left under way is on its extension's, so that dying frees nobody of the
//! limits: a page that is reloaded without end has no more room than one that is not.

use super::Router;
use super::check::{Limited, within};
use crate::record::{Account, Amount, End, Role};
use crate::store::{NONE, Store as _};
use crate::{LimitKind, Payload};

/// Whose account a message is on.
#[derive(Clone, Copy)]
pub(super) enum Payer {
    /// That of the context in a slot.
    Context(u32),
    /// That of the extension in a slot, because the context is dead.
    Extension(u32),
}

impl<P: Payload> Router<P> {
    /// Who answers for what waits in an end.
    #[inline]
    pub(super) fn payer(&self, end: &End) -> Payer {
        match end.role {
            Role::Opener => Payer::Context(end.owner),
            Role::Receiver if end.peer == NONE => {
                Payer::Extension(self.contexts.at(end.owner).extension)
            }
            Role::Receiver => Payer::Context(self.ends.at(end.peer).owner),
        }
    }

    /// Makes sure that a context has room for so much more. To be the last check of a call.
    #[inline]
    pub(super) fn reserve(&mut self, context: u32, more: Amount) -> Result<(), Limited> {
        if self.contexts.at(context).account.has_room(more) {
            return Ok(());
        }
        self.grant(context, more)
    }

    #[cold]
    #[inline(never)]
    fn grant(&mut self, context: u32, more: Amount) -> Result<(), Limited> {
        let limits = &self.limits;
        let record = self.contexts.at_mut(context);
        let after = record.account.under_way.plus(more);
        within(after.messages, limits.queued_messages, || LimitKind::QueuedMessages)?;
        within(after.bytes, limits.queued_bytes, || LimitKind::QueuedBytes)?;
        let extension = self.extensions.at_mut(record.extension);
        let all = Amount { messages: limits.extension_messages, bytes: limits.extension_bytes };
        let wanted = record.account.wanted(more, all.less(extension.granted), limits);
        let after = extension.granted.plus(wanted);
        within(after.messages, all.messages, || LimitKind::ExtensionMessages)?;
        within(after.bytes, all.bytes, || LimitKind::ExtensionBytes)?;

        extension.granted = after;
        record.account.granted = record.account.granted.plus(wanted);
        Ok(())
    }

    /// Puts a message on an account. Whether there is room was asked before, or cannot be refused
    /// any more.
    #[inline]
    pub(super) fn put_on(&mut self, payer: Payer, bytes: usize) {
        let message = Amount::message(bytes);
        match payer {
            Payer::Context(slot) => {
                let account = &mut self.contexts.at_mut(slot).account;
                account.under_way = account.under_way.plus(message);
            }
            Payer::Extension(slot) => {
                let record = self.extensions.at_mut(slot);
                record.granted = record.granted.plus(message);
            }
        }
    }

    /// Takes a message off an account.
    #[inline]
    pub(super) fn take_off(&mut self, payer: Payer, bytes: usize) {
        let message = Amount::message(bytes);
        match payer {
            Payer::Context(slot) => {
                let account = &mut self.contexts.at_mut(slot).account;
                account.under_way = account.under_way.less(message);
                if account.under_way.messages == 0 && account.is_extended() {
                    self.give_back(slot);
                }
            }
            Payer::Extension(slot) => {
                let record = self.extensions.at_mut(slot);
                record.granted = record.granted.less(message);
            }
        }
    }

    /// An account on which nothing is any more needs only what is free.
    #[cold]
    #[inline(never)]
    fn give_back(&mut self, context: u32) {
        let free = Account::free(&self.limits);
        let record = self.contexts.at_mut(context);
        let extension = self.extensions.at_mut(record.extension);
        extension.granted = extension.granted.less(record.account.granted.less(free));
        record.account.granted = free;
    }

    /// What a dying context leaves under way is its extension's from now on.
    pub(super) fn inherit(&mut self, context: u32) {
        self.give_back(context);
        let record = self.contexts.at_mut(context);
        let left = core::mem::take(&mut record.account.under_way);
        let extension = self.extensions.at_mut(record.extension);
        extension.granted = extension.granted.plus(left);
    }

    /// Notes that one more message of a context is held.
    pub(super) fn charge(&mut self, owner: u32, bytes: usize) {
        self.put_on(Payer::Context(owner), bytes);
        let owner = self.contexts.at_mut(owner);
        owner.held_messages += 1;
        owner.held_bytes = owner.held_bytes.saturating_add(bytes);
    }

    /// Notes that a message of a context is held no longer. `None`: the context is dead.
    pub(super) fn discharge(&mut self, owner: Option<u32>, extension: u32, bytes: usize) {
        match owner {
            Some(slot) => {
                self.take_off(Payer::Context(slot), bytes);
                let owner = self.contexts.at_mut(slot);
                owner.held_messages = owner.held_messages.saturating_sub(1);
                owner.held_bytes = owner.held_bytes.saturating_sub(bytes);
            }
            None => self.take_off(Payer::Extension(extension), bytes),
        }
    }
}
