//! Routers that are broken on purpose, so that the proof that the proof can fail stays in the tree.
//!
//! Each wraps the production router and breaks one rule, in what it answers and in what it shows of
//! itself, as a router with that mistake would.

use std::collections::BTreeMap;
use std::fmt;

use worldport::{
    Call, ContextId, Dispatched, DropCounts, EndPhase, EventSource, Limits, Occurrence,
    OpenerSnapshot, Outcome, Output, PortId, Reply, Router, Rules, Snapshot,
};

use super::Subject;
use super::random::Fresh;

/// A subject that passes everything on, but for what its fault changes.
#[derive(Clone, Debug)]
pub struct Faulty<F> {
    router: Router<u32>,
    fault: F,
}

/// What a broken router does differently.
pub trait Fault: Default {
    /// The rules that it really follows.
    const RULES: Rules = Rules::STANDARD;

    /// What it does with a call.
    fn take(&mut self, router: &mut Router<u32>, call: Call<u32>) -> Outcome<u32> {
        router.apply(call)
    }

    /// What it makes of a notice; none if it keeps it to itself.
    fn hear(&mut self, notice: Output) -> Option<Output> {
        Some(notice)
    }

    /// A notice of its own, when there is no other.
    fn leave(&mut self) -> Option<Output> {
        None
    }

    /// What it says that it has dropped.
    fn count(&self, dropped: DropCounts) -> DropCounts {
        dropped
    }

    /// What it answers instead.
    fn answer(&mut self, call: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        let _ = call;
        outcome
    }

    /// What it sees of the state before a call.
    fn before(&mut self, call: &Call<u32>, snapshot: &Snapshot<u32>) {
        let _ = (call, snapshot);
    }

    /// What it shows of itself instead.
    fn show(&self, snapshot: Snapshot<u32>) -> Snapshot<u32> {
        snapshot
    }
}

impl<F: Fault> Subject<u32> for Faulty<F> {
    fn apply(&mut self, call: Call<u32>) -> Outcome<u32> {
        self.fault.before(&call, &self.router.snapshot());
        let outcome = self.fault.take(&mut self.router, call.clone());
        self.fault.answer(&call, outcome)
    }

    fn poll(&mut self) -> Option<Output> {
        while let Some(notice) = self.router.poll() {
            let heard = self.fault.hear(notice);
            if heard.is_some() {
                return heard;
            }
        }
        self.fault.leave()
    }

    fn snapshot(&self) -> Snapshot<u32> {
        self.fault.show(self.router.snapshot())
    }

    fn dropped(&self) -> DropCounts {
        self.fault.count(self.router.dropped())
    }
}

impl<F: Fault> Fresh for Faulty<F> {
    fn fresh(_: Rules) -> Self {
        Self { router: Router::new(F::RULES, Limits::default()), fault: F::default() }
    }
}

/// A broken router of any kind, so that what drives it is compiled once.
#[derive(Debug)]
pub struct AnyRouter(Box<dyn Broken>);

/// A subject that can be copied without knowing which it is.
trait Broken: Subject<u32> + fmt::Debug {
    fn copied(&self) -> Box<dyn Broken>;
}

impl<F: Fault + Clone + fmt::Debug + 'static> Broken for Faulty<F> {
    fn copied(&self) -> Box<dyn Broken> {
        Box::new(self.clone())
    }
}

impl AnyRouter {
    /// A router with this fault.
    #[must_use]
    pub fn new<F: Fault + Clone + fmt::Debug + 'static>() -> Self {
        Self(Box::new(Faulty::<F>::fresh(Rules::STANDARD)))
    }
}

impl Clone for AnyRouter {
    fn clone(&self) -> Self {
        Self(self.0.copied())
    }
}

impl Subject<u32> for AnyRouter {
    fn apply(&mut self, call: Call<u32>) -> Outcome<u32> {
        self.0.apply(call)
    }

    fn poll(&mut self) -> Option<Output> {
        self.0.poll()
    }

    fn snapshot(&self) -> Snapshot<u32> {
        self.0.snapshot()
    }

    fn dropped(&self) -> DropCounts {
        self.0.dropped()
    }
}

/// Skips the gate: a world whose messaging was taken away goes on messaging.
#[derive(Clone, Debug, Default)]
pub struct SkipsTheGate;

impl Fault for SkipsTheGate {
    const RULES: Rules = Rules { withdrawal: worldport::Withdrawal::Never, ..Rules::STANDARD };
}

/// Calls listeners that were removed while their event was dispatched.
#[derive(Clone, Debug, Default)]
pub struct CallsRemovedListeners;

impl Fault for CallsRemovedListeners {
    const RULES: Rules = Rules {
        removed_during_dispatch: worldport::RemovedDuringDispatch::StillCalled,
        ..Rules::STANDARD
    };
}

/// Delivers a message that was in flight to a port that has called `disconnect()`.
#[derive(Clone, Debug, Default)]
pub struct DeliversAfterDisconnect {
    /// By port: its owner, a listener, and the message in flight when it disconnected.
    kept: BTreeMap<PortId, (ContextId, worldport::ListenerId, u32)>,
}

impl Fault for DeliversAfterDisconnect {
    fn before(&mut self, call: &Call<u32>, snapshot: &Snapshot<u32>) {
        let Call::Disconnect { context, port } = call else { return };
        let end = ends(snapshot).find(|end| end.id == *port && end.phase == EndPhase::Open);
        if let Some(end) = end.filter(|end| end.context == *context)
            && let (Some(&message), Some(&listener)) =
                (end.messages.first(), end.on_message.first())
        {
            self.kept.insert(*port, (*context, listener, message));
        }
    }

    fn answer(&mut self, call: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        let Call::Dispatch { context, source: EventSource::Port(port) } = call else {
            return outcome;
        };
        match (outcome, self.kept.get(port)) {
            (Err(worldport::Refusal::NothingToDispatch(_)), Some(&(owner, listener, payload)))
                if owner == *context =>
            {
                let occurrence = Occurrence::Message { port: *port, payload };
                Ok(Reply::Dispatched(Dispatched::Called { listener, occurrence }))
            }
            (outcome, _) => outcome,
        }
    }
}

/// Fires `onDisconnect` at the port that called `disconnect()`.
#[derive(Clone, Debug, Default)]
pub struct TellsTheCloser {
    owed: BTreeMap<PortId, ContextId>,
}

impl Fault for TellsTheCloser {
    fn before(&mut self, call: &Call<u32>, snapshot: &Snapshot<u32>) {
        let Call::Disconnect { context, port } = call else { return };
        let open = ends(snapshot)
            .any(|end| end.id == *port && end.context == *context && end.phase == EndPhase::Open);
        if open {
            self.owed.insert(*port, *context);
        }
    }

    fn answer(&mut self, call: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        let Call::Dispatch { context, source: EventSource::Port(port) } = call else {
            return outcome;
        };
        let owed = self.owed.get(port) == Some(context);
        match outcome {
            Err(worldport::Refusal::NothingToDispatch(_)) if owed => {
                Ok(Reply::Dispatched(Dispatched::Disconnected { port: *port, error: None }))
            }
            outcome => outcome,
        }
    }
}

/// Forgets the ports of a context that has ended: the other side is never told.
#[derive(Clone, Debug, Default)]
pub struct ForgetsDeadPorts;

impl Fault for ForgetsDeadPorts {
    fn answer(&mut self, call: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        let Call::Dispatch { context, .. } = call else { return outcome };
        match outcome {
            Ok(Reply::Dispatched(Dispatched::Disconnected { error: None, .. })) => {
                Err(worldport::Refusal::NothingToDispatch(*context))
            }
            outcome => outcome,
        }
    }

    fn show(&self, mut snapshot: Snapshot<u32>) -> Snapshot<u32> {
        for channel in &mut snapshot.channels {
            if channel.opener == OpenerSnapshot::Dead {
                for end in &mut channel.receivers {
                    end.disconnect = None;
                }
            }
        }
        snapshot
    }
}

/// A fault that no state shows: from the tenth channel on, nothing is dispatched.
#[derive(Clone, Debug, Default)]
pub struct LosesAfterReuse {
    opened: usize,
}

impl Fault for LosesAfterReuse {
    fn answer(&mut self, call: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        self.opened += usize::from(matches!((call, &outcome), (Call::Connect { .. }, Ok(_))));
        match call {
            Call::Dispatch { context, .. } if self.opened >= 10 => {
                Err(worldport::Refusal::NothingToDispatch(*context))
            }
            _ => outcome,
        }
    }
}

/// Every end in a snapshot.
pub(crate) fn ends(snapshot: &Snapshot<u32>) -> impl Iterator<Item = &worldport::EndSnapshot<u32>> {
    snapshot.channels.iter().flat_map(|channel| {
        let opener = match &channel.opener {
            OpenerSnapshot::Held(end) => Some(end),
            OpenerSnapshot::Dead | OpenerSnapshot::Released(_) => None,
        };
        opener.into_iter().chain(&channel.receivers)
    })
}
