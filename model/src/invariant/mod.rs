//! The invariants: one table that feeds the checker, the refinement tests, the documentation and the
//! command line.
//!
//! A rule judges one [`Step`]: state, action, outcome, next state, and what had been observed before and
//! after ([`History`]). Judging steps is stronger than judging states: what a listener was told is gone
//! from the state a moment later.
//!
//! The history is the ghost state of the proofs. It is built from actions and effects alone wherever that
//! is possible, so that it can disagree with the state.

mod history;
mod liveness;
mod observe;
mod safety;
mod witness;

use crate::{Action, Effect, Refusal, Rules, State};

pub use history::{
    ChannelHistory, ContextHistory, DispatchHistory, EndHistory, History, RequestHistory,
};
pub use liveness::{is_quiescent, is_scheduled, rank};
pub use safety::acting;

/// One step of the machine, with all that a rule may judge.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The rules in force.
    pub rules: &'a Rules,
    /// The state before.
    pub before: &'a State,
    /// What was tried.
    pub action: &'a Action,
    /// What came of it.
    pub outcome: Result<&'a [Effect], Refusal>,
    /// The state after.
    pub after: &'a State,
    /// What had been observed before.
    pub past: &'a History,
    /// What has been observed now.
    pub present: &'a History,
}

impl<'a> Step<'a> {
    /// The effects; none of a refusal.
    #[must_use]
    pub fn effects(&self) -> &'a [Effect] {
        self.outcome.unwrap_or_default()
    }
}

/// What an invariant says, in the textbook's two kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing bad happens.
    Safety,
    /// Something good happens in the end, if the scheduler is fair: every context is dispatched again and
    /// again, every listener returns, every starting background starts.
    Liveness,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    /// Its name: `S1` to `S12`, `L1` to `L3`.
    pub id: &'static str,
    /// Safety or liveness.
    pub kind: Kind,
    /// What it says.
    pub sentence: &'static str,
    /// Whether a step keeps it.
    pub rule: fn(&Step<'_>) -> bool,
    /// Whether a step shows that the invariant does not hold for want of trying.
    pub witness: fn(&Step<'_>) -> bool,
    /// What such a step is.
    pub witnessed_by: &'static str,
}

/// Every invariant.
pub const TABLE: [Invariant; 15] = [
    Invariant {
        id: "S1",
        kind: Kind::Safety,
        sentence: "No delivery without messaging: nothing is delivered to or from a world instance \
                   whose configuration does not grant it messaging, and it opens no connection.",
        rule: safety::no_delivery_without_messaging,
        witness: witness::messaging_refused,
        witnessed_by: "a call is refused, or a message in flight dropped, for want of messaging",
    },
    Invariant {
        id: "S2",
        kind: Kind::Safety,
        sentence: "A port is closed at most once: its own disconnect() fires nothing locally, and \
                   it is told of the other side's at most once (L3: at least once).",
        rule: safety::closed_at_most_once,
        witness: witness::disconnected_twice,
        witnessed_by: "disconnect() is called on a port that is closed",
    },
    Invariant {
        id: "S3",
        kind: Kind::Safety,
        sentence: "After disconnect nothing is delivered.",
        rule: safety::nothing_after_disconnect,
        witness: witness::disconnected_with_message_in_flight,
        witnessed_by: "a port with a message in flight to it calls disconnect()",
    },
    Invariant {
        id: "S4",
        kind: Kind::Safety,
        sentence: "Every port of a dead context is closed, and no dead context is called.",
        rule: safety::dead_contexts_are_closed,
        witness: witness::died_with_message_in_flight,
        witnessed_by: "a context ends with a message in flight to it",
    },
    Invariant {
        id: "S5",
        kind: Kind::Safety,
        sentence: "Per channel and direction, what is delivered is what was sent, in order, without \
                   duplicate or invention; one is missing only by a named rule.",
        rule: safety::delivered_as_sent,
        witness: witness::delivered_with_another_behind,
        witnessed_by: "a message is delivered while another is in flight behind it",
    },
    Invariant {
        id: "S6",
        kind: Kind::Safety,
        sentence: "Only listeners in the set are called, in order of addition, each once.",
        rule: safety::listeners_in_order,
        witness: witness::removed_during_dispatch,
        witnessed_by: "a listener is removed before its turn",
    },
    Invariant {
        id: "S7",
        kind: Kind::Safety,
        sentence: "What a user script opens or sends reaches only onUserScriptConnect and \
                   onUserScriptMessage, and only in its own extension.",
        rule: safety::own_event_own_extension,
        witness: witness::both_events_listened_to,
        witnessed_by: "a user script's connection reaches a context that listens to onConnect too",
    },
    Invariant {
        id: "S8",
        kind: Kind::Safety,
        sentence: "sender is what the records say of the opener, whatever the opener claims.",
        rule: safety::sender_from_records,
        witness: witness::sender_is_dead,
        witnessed_by: "a connect event is dispatched after its opener's context has ended",
    },
    Invariant {
        id: "S9",
        kind: Kind::Safety,
        sentence: "A refusal changes nothing.",
        rule: safety::refusal_changes_nothing,
        witness: witness::refused,
        witnessed_by: "an action is refused",
    },
    Invariant {
        id: "S10",
        kind: Kind::Safety,
        sentence: "\"Receiving end does not exist.\" only if nobody accepted.",
        rule: safety::no_receiver_means_nobody,
        witness: witness::told_no_receiver,
        witnessed_by: "an opener is told that nobody accepted",
    },
    Invariant {
        id: "S11",
        kind: Kind::Safety,
        sentence: "Nothing leaks: every record is held by a live context, and when all contexts are \
                   gone, so is every record.",
        rule: safety::nothing_leaks,
        witness: witness::last_context_ended,
        witnessed_by: "the last context ends while a channel is open",
    },
    Invariant {
        id: "S12",
        kind: Kind::Safety,
        sentence: "A receiver that leaves closes its own end alone: while another has accepted, that \
                   one and the opener go on as they were.",
        rule: safety::leaves_alone,
        witness: witness::left_another,
        witnessed_by: "a receiver leaves a channel that another has accepted",
    },
    Invariant {
        id: "L1",
        kind: Kind::Liveness,
        sentence: "Every connect is followed by an accepted connect event or an onDisconnect.",
        rule: liveness::connect_is_answered,
        witness: witness::accepted,
        witnessed_by: "a connect event is accepted",
    },
    Invariant {
        id: "L2",
        kind: Kind::Liveness,
        sentence: "Every accepted message is delivered, or dropped by a named rule.",
        rule: liveness::messages_arrive,
        witness: witness::quiet_after_message,
        witnessed_by: "everything comes to rest after a message was delivered",
    },
    Invariant {
        id: "L3",
        kind: Kind::Liveness,
        sentence: "Every surviving end that did not close the channel hears that it has closed.",
        rule: liveness::survivors_are_told,
        witness: witness::survivor_told,
        witnessed_by: "an end is told that the other side has left",
    },
];

/// The row with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Invariant> {
    TABLE.iter().find(|row| row.id == id)
}

/// The first invariant that a step breaks.
#[must_use]
pub fn first_broken(step: &Step<'_>) -> Option<&'static Invariant> {
    TABLE.iter().find(|row| !(row.rule)(step))
}
