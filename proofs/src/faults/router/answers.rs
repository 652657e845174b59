//! Routers that say something else than is so.

use std::sync::Arc;

use worldport::{
    Call, Dispatched, EventSource, Occurrence, Outcome, PortError, Refusal, Reply, RequestOutcome,
    Snapshot,
};

use crate::refinement::faults::{Fault, ends};

/// Changes what a dispatch says.
fn dispatched(
    mut outcome: Outcome<u32>,
    change: impl FnOnce(&mut Dispatched<u32>),
) -> Outcome<u32> {
    if let Ok(Reply::Dispatched(dispatched)) = &mut outcome {
        change(dispatched);
    }
    outcome
}

/// Delivers another message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChangesMessages;

impl Fault for ChangesMessages {
    fn answer(&mut self, _: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        dispatched(outcome, |it| {
            if let Dispatched::Called { occurrence: Occurrence::Message { payload, .. }, .. } = it {
                *payload += 1;
            }
        })
    }
}

/// Delivers the last message of a queue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LastInFirstOut {
    last: Option<u32>,
}

impl Fault for LastInFirstOut {
    fn before(&mut self, call: &Call<u32>, snapshot: &Snapshot<u32>) {
        self.last = match call {
            Call::Dispatch { source: EventSource::Port(port), .. } => {
                ends(snapshot).find(|end| end.id == *port).and_then(|end| end.messages.last())
            }
            _ => None,
        }
        .copied();
    }

    fn answer(&mut self, _: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        dispatched(outcome, |it| {
            if let (
                Dispatched::Called { occurrence: Occurrence::Message { payload, .. }, .. },
                Some(last),
            ) = (it, self.last)
            {
                *payload = last;
            }
        })
    }
}

/// Does not refuse a post.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PostsToTheClosed;

impl Fault for PostsToTheClosed {
    fn answer(&mut self, call: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        match (call, outcome) {
            (Call::Post { .. }, Err(Refusal::Disconnected(_))) => Ok(Reply::Done),
            (_, outcome) => outcome,
        }
    }
}

/// Tells every disconnect as an error.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EveryEndIsAnError;

impl Fault for EveryEndIsAnError {
    fn answer(&mut self, _: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        dispatched(outcome, |it| {
            if let Dispatched::Disconnected { error, .. }
            | Dispatched::Called { occurrence: Occurrence::Disconnect { error, .. }, .. } = it
            {
                *error = Some(PortError::NoReceiver);
            }
        })
    }
}

/// Tells no error.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HidesTheError;

impl Fault for HidesTheError {
    fn answer(&mut self, _: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        dispatched(outcome, |it| {
            if let Dispatched::Disconnected { error, .. }
            | Dispatched::Called { occurrence: Occurrence::Disconnect { error, .. }, .. } = it
            {
                *error = None;
            }
        })
    }
}

/// Says less of the sender than the records do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SenderWithoutADocument;

impl Fault for SenderWithoutADocument {
    fn answer(&mut self, _: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        dispatched(outcome, |it| {
            if let Dispatched::Called { occurrence: Occurrence::Connect { sender, .. }, .. } = it {
                Arc::make_mut(sender).document = None;
            }
        })
    }
}

/// Changes how a promise settles.
fn settled(outcome: Outcome<u32>, change: impl FnOnce(&mut RequestOutcome<u32>)) -> Outcome<u32> {
    dispatched(outcome, |it| {
        if let Dispatched::Settled { outcome, .. } = it {
            change(outcome);
        }
    })
}

/// Takes silence for absence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SaysNobodyListens;

impl Fault for SaysNobodyListens {
    fn answer(&mut self, _: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        settled(outcome, |it| {
            if *it == RequestOutcome::Undefined {
                *it = RequestOutcome::NoReceiver;
            }
        })
    }
}

/// Hands on another answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChangesAnswers;

impl Fault for ChangesAnswers {
    fn answer(&mut self, _: &Call<u32>, outcome: Outcome<u32>) -> Outcome<u32> {
        settled(outcome, |it| {
            if let RequestOutcome::Reply(answer) = it {
                *answer += 1;
            }
        })
    }
}
