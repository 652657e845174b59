//! Routers that do something else than they are told.

use worldport::{Call, ContextId, Departure, EndPhase, Outcome, PortId, Refusal, Reply, Router};

use crate::refinement::faults::{Fault, ends};

/// Answers as if it had done it, and does nothing.
fn pretend(router: &Router<u32>, call: Call<u32>) -> Outcome<u32> {
    router.clone().apply(call)
}

macro_rules! pretends {
    ($($(#[$doc:meta])* $name:ident: $call:pat,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct $name;

        impl Fault for $name {
            fn take(&mut self, router: &mut Router<u32>, call: Call<u32>) -> Outcome<u32> {
                match call {
                    $call => pretend(router, call),
                    _ => router.apply(call),
                }
            }
        }
    )*};
}

pretends! {
    /// Loses what is posted.
    LosesMessages: Call::Post { .. },
    /// Does not disconnect.
    DisconnectDoesNothing: Call::Disconnect { .. },
    /// Does not reset.
    ResetsNothing: Call::ResetWorldConfiguration { .. },
    /// Does not revoke.
    RevokesNothing: Call::RevokePermission { .. },
    /// Does not stop.
    StopsNothing: Call::StopBackground { .. },
    /// Does not remove.
    RemovesNothing: Call::RemoveListener { .. },
}

/// Takes every message twice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DuplicatesMessages;

impl Fault for DuplicatesMessages {
    fn take(&mut self, router: &mut Router<u32>, call: Call<u32>) -> Outcome<u32> {
        if let Call::Post { .. } = call {
            router.apply(call.clone())?;
        }
        router.apply(call)
    }
}

/// Posts at another port of the context that is open, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CrossesChannels;

impl Fault for CrossesChannels {
    fn take(&mut self, router: &mut Router<u32>, mut call: Call<u32>) -> Outcome<u32> {
        if let Call::Post { context, port, .. } = &mut call {
            let snapshot = router.snapshot();
            let another = ends(&snapshot).find(|end| {
                end.context == *context && end.id != *port && end.phase == EndPhase::Open
            });
            *port = another.map_or(*port, |end| end.id);
        }
        router.apply(call)
    }
}

/// Reads a member that is left out as `true`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MessagingUnlessRefused;

impl Fault for MessagingUnlessRefused {
    fn take(&mut self, router: &mut Router<u32>, mut call: Call<u32>) -> Outcome<u32> {
        if let Call::ConfigureWorld { change, .. } = &mut call {
            change.messaging = change.messaging.or(Some(true));
        }
        router.apply(call)
    }
}

/// Caches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DestroysCachedPages;

impl Fault for DestroysCachedPages {
    fn take(&mut self, router: &mut Router<u32>, mut call: Call<u32>) -> Outcome<u32> {
        if let Call::Navigate { departure, .. } = &mut call {
            *departure = Departure::Destroyed;
        }
        router.apply(call)
    }
}

/// Passes over a listener.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SkipsListeners;

impl Fault for SkipsListeners {
    fn take(&mut self, router: &mut Router<u32>, call: Call<u32>) -> Outcome<u32> {
        match router.apply(call.clone()) {
            Ok(Reply::Next(Some(_))) => router.apply(call),
            outcome => outcome,
        }
    }
}

/// Changes something where it refuses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RefusesAndReleases;

impl Fault for RefusesAndReleases {
    fn take(&mut self, router: &mut Router<u32>, call: Call<u32>) -> Outcome<u32> {
        let outcome = router.apply(call.clone());
        if let (Call::Post { context, port, .. }, Err(Refusal::Disconnected(_))) = (call, &outcome)
        {
            // Whether that is refused in turn does not matter.
            let _ = router.apply(Call::Release { context, port });
        }
        outcome
    }
}

/// Knows slots and no generations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BelievesOldIds;

impl BelievesOldIds {
    fn another(router: &Router<u32>, context: ContextId) -> Option<PortId> {
        let snapshot = router.snapshot();
        let of = ends(&snapshot).find(|end| {
            end.context == context && matches!(end.phase, EndPhase::Open | EndPhase::Closed)
        });
        of.map(|end| end.id)
    }
}

impl Fault for BelievesOldIds {
    fn take(&mut self, router: &mut Router<u32>, mut call: Call<u32>) -> Outcome<u32> {
        let outcome = router.apply(call.clone());
        if let (
            Call::Post { context, port, .. } | Call::Disconnect { context, port },
            Err(Refusal::NoSuchPort(_)),
        ) = (&mut call, &outcome)
            && let Some(another) = Self::another(router, *context)
        {
            *port = another;
            return router.apply(call);
        }
        outcome
    }
}
