//! One-time messages: `runtime.sendMessage` and its answer.

use std::collections::BTreeMap;

use crate::{ContextId, Message, RuntimeEvent, Sender};

/// A one-time message that has not been settled, or that some receiver may still answer in vain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Request {
    /// The event that it is dispatched by, decided by who sends.
    pub event: RuntimeEvent,
    /// What is sent.
    pub message: Message,
    /// Who sent it, from the records at that time.
    pub sender: Sender,
    /// The context whose promise is to settle; none once it is dead.
    pub origin: Option<ContextId>,
    /// How far it is.
    pub phase: RequestPhase,
    /// Whether any context had a listener for it.
    pub received: bool,
    /// Whether a receiver was lost after the message had reached it.
    pub lost: bool,
    /// The contexts that may still answer.
    pub receivers: BTreeMap<ContextId, Responder>,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RequestPhase {
    /// The outcome is on its way to the sender.
    Answered(Outcome),
    /// It is with its receivers.
    Asked,
    /// The sender has its outcome.
    Settled,
    /// The background that it is for is starting.
    Waiting,
}

/// How far a receiver of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Responder {
    /// Its listeners are being called.
    Listening,
    /// The message has not been dispatched to it.
    Offered,
    /// A listener has said that it will respond.
    Pending,
}

/// How the promise of `sendMessage` settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum Outcome {
    /// Rejected: a listener threw.
    ListenerThrew,
    /// Rejected: nobody listens.
    NoReceiver,
    /// Resolved with this.
    Reply(Message),
    /// Rejected: whoever was to answer is gone.
    Unanswered,
    /// Resolved with `undefined`: there were listeners, and none of them answers.
    Undefined,
}
