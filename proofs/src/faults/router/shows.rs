//! Routers that follow another choice, or show or tell something else than is so.

use worldport::{
    CacheEntry, Call, DropCounts, EventSource, Inheritance, OpenerSnapshot, Outcome, Output,
    PortId, ReceiverDisconnect, Refusal, Rules, Snapshot, Unload,
};

use crate::refinement::faults::Fault;

macro_rules! chooses {
    ($($(#[$doc:meta])* $name:ident: $field:ident = $choice:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct $name;

        impl Fault for $name {
            const RULES: Rules = Rules { $field: $choice, ..Rules::STANDARD };
        }
    )*};
}

chooses! {
    /// Closes for all receivers.
    ClosesForAll: receiver_disconnect = ReceiverDisconnect::ClosesOthersTold;
    /// Has no inheritance.
    InheritsNothing: inheritance = Inheritance::Off;
    /// Keeps the ports of cached pages.
    KeepsCachedPorts: cache_entry = CacheEntry::KeepsPort;
    /// Ends worlds with their extension.
    UnloadEndsWorlds: unload = Unload::WorldsDestroyed;
}

/// Counts no drops.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DropsWithoutACount;

impl Fault for DropsWithoutACount {
    fn count(&self, _: DropCounts) -> DropCounts {
        DropCounts::default()
    }
}

/// Drops the head of a queue where it refuses to dispatch it.
#[derive(Clone, Debug, Default)]
pub(super) struct RefusesAndDrops {
    lost: Option<PortId>,
}

impl Fault for RefusesAndDrops {
    fn answer(&mut self, call: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        if let (Call::Dispatch { source: EventSource::Port(port), .. }, Err(Refusal::Busy(_))) =
            (call, &outcome)
        {
            self.lost = Some(*port);
        }
        outcome
    }

    fn show(&self, mut snapshot: Snapshot<u32>) -> Snapshot<u32> {
        for channel in &mut snapshot.channels {
            let opener = match &mut channel.opener {
                OpenerSnapshot::Held(end) => Some(end),
                OpenerSnapshot::Dead | OpenerSnapshot::Released(_) => None,
            };
            for end in opener.into_iter().chain(&mut channel.receivers) {
                if self.lost == Some(end.id) && !end.messages.is_empty() {
                    end.messages.remove(0);
                }
            }
        }
        snapshot
    }
}

/// Keeps to itself that an event waits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeepsItsNotices;

impl Fault for KeepsItsNotices {
    fn hear(&mut self, notice: Output) -> Option<Output> {
        Some(notice).filter(|it| !matches!(it, Output::Ready { .. }))
    }
}

/// Tells of ends twice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TellsOfEndsTwice {
    again: Option<Output>,
}

impl Fault for TellsOfEndsTwice {
    fn hear(&mut self, notice: Output) -> Option<Output> {
        if let Output::ContextEnded { .. } = notice {
            self.again = Some(notice);
        }
        Some(notice)
    }

    fn leave(&mut self) -> Option<Output> {
        self.again.take()
    }
}
