//! Withdrawal: messaging taken away from worlds that run, by configuration, by reset, by the
//! permission.

use alloc::vec::Vec;

use super::Router;
use super::listeners::Place;
use crate::record::{Kind, Role, Subject};
use crate::store::Store as _;
use crate::{
    DropRule, Gate, Inheritance, Payload, RequestOutcome, RequestPhase, RuntimeEvent, Withdrawal,
    WorldId,
};

impl<P: Payload> Router<P> {
    /// Whether an instance of a world that started now would get messaging (`k1` to `k4`).
    pub(super) fn effective_messaging(&self, extension: u32, world: &WorldId) -> bool {
        let configs = &self.extensions.at(extension).configs;
        let inherited = match self.rules.inheritance {
            Inheritance::Inherits => configs.get(&WorldId::DEFAULT),
            Inheritance::Off => None,
        };
        configs.get(world).or(inherited).is_some_and(|config| config.messaging)
    }

    /// Messaging may have been taken away by `configureWorld`.
    pub(super) fn withdraw_after_configure(&mut self, extension: u32, configured: &WorldId) {
        match self.rules.withdrawal {
            Withdrawal::AfterResetOrInjection => {
                let config = self.extensions.at(extension).configs.get(configured);
                let with_policy = config.filter(|config| config.csp.is_some());
                if let Some(messaging) = with_policy.map(|config| config.messaging) {
                    self.set_calls(extension, configured, messaging, |_, _| true);
                }
            }
            Withdrawal::AtOnce => self.withdraw_at_once(extension),
            Withdrawal::Never => {}
        }
    }

    /// Messaging may have been taken away by `resetWorldConfiguration` (`k4`).
    pub(super) fn withdraw_after_reset(&mut self, extension: u32, reset: &WorldId) {
        match self.rules.withdrawal {
            Withdrawal::AtOnce => self.withdraw_at_once(extension),
            Withdrawal::AfterResetOrInjection => {
                self.set_calls(extension, reset, false, |_, _| true);
            }
            Withdrawal::Never => {}
        }
    }

    /// Every instance that would not get messaging now loses it, with its channels and requests:
    /// `[S1]`.
    fn withdraw_at_once(&mut self, extension: u32) {
        for slot in self.extensions.at(extension).injected.slots(&self.contexts.back) {
            if !self.refresh_gate(slot) {
                continue;
            }
            for channel in self.opened_channels(slot) {
                self.revoke_channel(channel, DropRule::MessagingWithdrawn);
            }
            for request in self.contexts.back.at(slot).requests.slots(&self.requests) {
                self.revoke_request(request, DropRule::MessagingWithdrawn);
            }
        }
    }

    /// Takes the gate from the instance in a slot, if it would not get messaging now. Returns
    /// whether it did. Nothing gives a gate back: messaging turned on again reaches new instances
    /// only (`c1_true_then_false`).
    pub(super) fn refresh_gate(&mut self, slot: u32) -> bool {
        let context = self.contexts.back.at(slot);
        let Kind::World { world, .. } = &context.kind else { return false };
        let withdrawn = self.contexts.at(slot).gate == Gate::Granted
            && !self.effective_messaging(context.extension, world);
        if withdrawn {
            self.contexts.at_mut(slot).gate = Gate::Withdrawn;
        }
        withdrawn
    }

    /// Lets a configuration reach the instances of a world in the tab of a document, because
    /// another starts there (`c3_false_leaks_to_same_process`).
    pub(super) fn share_calls(&mut self, extension: u32, world: &WorldId, document: u32) {
        let messaging = self.effective_messaging(extension, world);
        let top = self.top_frame(document);
        self.set_calls(extension, world, messaging, |router, other| router.top_frame(other) == top);
    }

    /// Says whether the instances of a world that started with messaging may call from now on, in
    /// the documents asked for.
    fn set_calls(
        &mut self,
        extension: u32,
        of: &WorldId,
        messaging: bool,
        is_meant: impl Fn(&Self, u32) -> bool,
    ) {
        let to = if messaging { Gate::Granted } else { Gate::CallsRefused };
        for slot in self.extensions.at(extension).injected.slots(&self.contexts.back) {
            let Kind::World { document, world } = &self.contexts.back.at(slot).kind else {
                continue;
            };
            let gate = self.contexts.at(slot).gate;
            if world != of || gate == Gate::Absent || !is_meant(self, *document) {
                continue;
            }
            self.contexts.at_mut(slot).gate = to;
        }
    }

    /// The channels that the context in a slot opened and that still exist.
    fn opened_channels(&self, slot: u32) -> Vec<u32> {
        let ports = self.contexts.back.at(slot).ports.slots(&self.ends.back);
        let opened = ports.into_iter().filter(|&end| self.ends.at(end).role() == Role::Opener);
        opened.map(|end| self.ends.back.at(end).channel).collect()
    }

    /// The listeners of user scripts' events go, for good (`i13_permission_revoked`).
    pub(super) fn remove_user_script_listeners(&mut self, extension: u32) {
        for slot in self.extensions.at(extension).own.slots(&self.contexts.back) {
            for event in RuntimeEvent::ALL {
                if event.is_user_script() {
                    self.clear(Place::Runtime(slot, event as usize));
                }
            }
        }
    }

    /// User scripts' channels and requests are closed, those too whose opener is dead.
    pub(super) fn revoke_user_scripts(&mut self, extension: u32) {
        for channel in self.user_script_channels(extension) {
            self.revoke_channel(channel, DropRule::PermissionRevoked);
        }
        for request in self.user_script_requests(extension) {
            self.revoke_request(request, DropRule::PermissionRevoked);
        }
    }

    /// The channels of user scripts: each is in the list of its opener or of a receiver, or waits.
    fn user_script_channels(&self, extension: u32) -> Vec<u32> {
        let mut channels = Vec::new();
        for slot in self.contexts_of(extension) {
            let ends = self.contexts.back.at(slot).ports.slots(&self.ends.back);
            channels.extend(ends.into_iter().map(|end| self.ends.back.at(end).channel));
        }
        channels.extend(self.waiting(extension).filter_map(|subject| match subject {
            Subject::Channel(channel) => Some(channel),
            Subject::Request(_) => None,
        }));
        channels.retain(|&slot| self.channels.at(slot).event == RuntimeEvent::OnUserScriptConnect);
        channels.sort_unstable();
        channels.dedup();
        channels
    }

    fn user_script_requests(&self, extension: u32) -> Vec<u32> {
        let mut requests = Vec::new();
        for slot in self.contexts_of(extension) {
            let context = self.contexts.back.at(slot);
            let asked = context.asks.slots(&self.asks);
            requests.extend(asked.into_iter().map(|ask| self.asks.at(ask).request));
            requests.extend(context.requests.slots(&self.requests));
        }
        requests.extend(self.waiting(extension).filter_map(|subject| match subject {
            Subject::Channel(_) => None,
            Subject::Request(request) => Some(request),
        }));
        requests.retain(|&slot| self.requests.at(slot).event == RuntimeEvent::OnUserScriptMessage);
        requests.sort_unstable();
        requests.dedup();
        requests
    }

    /// What waits for the background of an extension.
    fn waiting(&self, extension: u32) -> impl Iterator<Item = Subject> {
        let holds = self.extensions.at(extension).waiting.slots(&self.holds);
        holds.into_iter().map(|hold| self.holds.at(hold).subject)
    }

    /// All contexts of an extension: its own, then those in documents.
    pub(super) fn contexts_of(&self, extension: u32) -> Vec<u32> {
        let record = self.extensions.at(extension);
        let mut contexts = record.own.slots(&self.contexts.back);
        contexts.extend(record.injected.slots(&self.contexts.back));
        contexts
    }

    /// Closes a request from above: offers are taken back, and the origin, if it has no outcome yet
    /// or the outcome is still on its way, gets [`RequestOutcome::Unanswered`].
    pub(super) fn revoke_request(&mut self, slot: u32, rule: DropRule) {
        self.withdraw_offers(slot);
        match self.requests.at(slot).phase {
            RequestPhase::Settled => {}
            RequestPhase::Answered(RequestOutcome::Reply(_)) => {
                self.dropped.add(rule, 1);
                self.answer(slot, RequestOutcome::Unanswered);
            }
            _ => self.answer(slot, RequestOutcome::Unanswered),
        }
        self.free_request_if_over(slot);
    }
}
