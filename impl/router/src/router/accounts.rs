//! Accounts: every message that is under way is on one, from the call that sends it until it is
//! handed out or dropped.
//!
//! What a dead context left under way is on its extension's, so that dying frees nobody of the
//! limits: a page that is reloaded without end has no more room than one that is not.

use super::Router;
use super::check::{Limited, within};
use crate::record::{Account, Amount, End, Role};
use crate::store::{Split, Store as _};
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
        match Self::paying_context(&self.ends, end) {
            Some(context) => Payer::Context(context),
            None => Payer::Extension(self.contexts.back.at(end.owner).extension),
        }
    }

    /// The context that answers for what waits in an end; `None`: it is dead.
    #[inline(always)]
    pub(super) fn paying_context(ends: &Split<End>, end: &End) -> Option<u32> {
        match end.role() {
            Role::Opener => Some(end.owner),
            // There is no slot of nothing, which the peer is if the opener died.
            Role::Receiver => Some(ends.find(end.peer)?.owner),
        }
    }

    /// Makes sure that a context has room for so much more. To be the last check of a call.
    pub(super) fn reserve(&mut self, context: u32, more: Amount) -> Result<(), Limited> {
        if more.fits(self.contexts.at(context).room()) {
            return Ok(());
        }
        self.grant(context, more)
    }

    #[cold]
    #[inline(never)]
    fn grant(&mut self, context: u32, more: Amount) -> Result<(), Limited> {
        let limits = &self.limits;
        let (front, back) = (self.contexts.at(context), self.contexts.back.at(context));
        let (account, under_way) = (back.account, back.account.under_way(front));
        let (after, most) = (under_way.plus(more), Account::most(limits));
        within(after.messages, most.messages, || LimitKind::QueuedMessages)?;
        within(after.bytes, most.bytes, || LimitKind::QueuedBytes)?;
        let extension = self.extensions.at_mut(back.extension);
        let all = Amount { messages: limits.extension_messages, bytes: limits.extension_bytes };
        let wanted = account.wanted(after, all.less(extension.granted), limits);
        let of_all = extension.granted.plus(wanted);
        within(of_all.messages, all.messages, || LimitKind::ExtensionMessages)?;
        within(of_all.bytes, all.bytes, || LimitKind::ExtensionBytes)?;

        extension.granted = of_all;
        self.set_account(context, under_way, account.granted.plus(wanted));
        Ok(())
    }

    /// Puts a message on an account. Whether there is room was asked before, or cannot be refused
    /// any more.
    #[inline]
    pub(super) fn put_on(&mut self, payer: Payer, bytes: usize) {
        match payer {
            Payer::Context(slot) => {
                if !self.contexts.at_mut(slot).pay(bytes) {
                    self.overdraw(slot, bytes);
                }
            }
            Payer::Extension(slot) => self.put_on_extension(slot, bytes),
        }
    }

    /// Takes a message off an account.
    #[inline]
    pub(super) fn take_off(&mut self, payer: Payer, bytes: usize) {
        match payer {
            Payer::Context(slot) => {
                let context = self.contexts.at_mut(slot);
                if context.extended {
                    self.take_off_extended(slot, bytes);
                } else {
                    context.refund(bytes);
                }
            }
            Payer::Extension(slot) => self.take_off_extension(slot, bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn put_on_extension(&mut self, slot: u32, bytes: usize) {
        let record = self.extensions.at_mut(slot);
        record.granted = record.granted.plus(Amount::message(bytes));
    }

    #[cold]
    #[inline(never)]
    fn take_off_extension(&mut self, slot: u32, bytes: usize) {
        let record = self.extensions.at_mut(slot);
        record.granted = record.granted.less(Amount::message(bytes));
    }

    /// Puts a message on an account that has no room for it. It was held earlier, and cannot be
    /// refused any more.
    #[cold]
    #[inline(never)]
    fn overdraw(&mut self, context: u32, bytes: usize) {
        let under_way = self.under_way(context).plus(Amount::message(bytes));
        self.set_account(context, under_way, self.contexts.back.at(context).account.granted);
    }

    /// Takes a message off an account that is extended. One on which nothing is any more needs
    /// only what is free.
    #[inline(never)]
    fn take_off_extended(&mut self, context: u32, bytes: usize) {
        let Account { granted, over } = self.contexts.back.at(context).account;
        let under_way = match over {
            None => {
                let front = self.contexts.at_mut(context);
                front.refund(bytes);
                if front.room().messages < granted.messages {
                    return;
                }
                Amount::NONE
            }
            Some(under_way) => under_way.less(Amount::message(bytes)),
        };
        if under_way.messages == 0 {
            self.give_back(context, under_way);
        } else {
            self.set_account(context, under_way, granted);
        }
    }

    /// Leaves a context with what is free.
    fn give_back(&mut self, context: u32, under_way: Amount) {
        let free = Account::free(&self.limits);
        let record = self.contexts.back.at(context);
        let extension = self.extensions.at_mut(record.extension);
        extension.granted = extension.granted.less(record.account.granted.less(free));
        self.set_account(context, under_way, free);
    }

    /// What a dying context leaves under way is its extension's from now on.
    pub(super) fn inherit(&mut self, context: u32) {
        let left = self.under_way(context);
        self.give_back(context, Amount::NONE);
        let extension = self.contexts.back.at(context).extension;
        let extension = self.extensions.at_mut(extension);
        extension.granted = extension.granted.plus(left);
    }

    /// How much is on the account of a context.
    fn under_way(&self, context: u32) -> Amount {
        self.contexts.back.at(context).account.under_way(self.contexts.at(context))
    }

    fn set_account(&mut self, context: u32, under_way: Amount, granted: Amount) {
        let limits = &self.limits;
        let (front, back) = self.contexts.both_mut(context);
        back.account.set(front, under_way, granted, limits);
    }

    /// Notes that one more message of a context is held.
    pub(super) fn charge(&mut self, owner: u32, bytes: usize) {
        self.put_on(Payer::Context(owner), bytes);
        let owner = self.contexts.back.at_mut(owner);
        owner.held_messages += 1;
        owner.held_bytes = owner.held_bytes.saturating_add(bytes);
    }

    /// Notes that a message of a context is held no longer. `None`: the context is dead.
    pub(super) fn discharge(&mut self, owner: Option<u32>, extension: u32, bytes: usize) {
        match owner {
            Some(slot) => {
                self.take_off(Payer::Context(slot), bytes);
                let owner = self.contexts.back.at_mut(slot);
                owner.held_messages = owner.held_messages.saturating_sub(1);
                owner.held_bytes = owner.held_bytes.saturating_sub(bytes);
            }
            None => self.take_off(Payer::Extension(extension), bytes),
        }
    }
}
