//! The explicit state machine of WebExtension messaging between an extension and its user scripts.
//!
//! [`next`] is the whole of it: a pure, total, deterministic function from a state and an action to the
//! next state and the effects that scripts can observe, or to a [`Refusal`] that changes nothing. What
//! browsers disagree on is a named choice in [`Rules`]; a profile is a constant made of them.
//!
//! ```
//! use worldport_model::{next, Action, Background, Effect, ExtensionId, Rules, State};
//!
//! let (state, effects) = next(
//!     &Rules::STANDARD,
//!     &State::default(),
//!     &Action::LoadExtension { background: Background::Stopped },
//! )?;
//! assert_eq!(effects, [Effect::ExtensionLoaded { extension: ExtensionId(0) }]);
//! assert_eq!(state.extensions.len(), 1);
//! # Ok::<(), worldport_model::Refusal>(())
//! ```
//!
//! **Scheduling is explicit.** An action says which context dispatches which event next, so every
//! interleaving that real processes allow is a path. Only the order within one channel and direction is
//! promised.
//!
//! **Equal states are equal values.** Containers are ordered and ids are the lowest free numbers. Copies of a
//! state share what they have in common ([`Records`]).
//!
//! Deliberately absent: payload contents, port names, URLs, texts, time, limits on memory. They belong to
//! the router or the host, which are checked against this model and never seen by it. Ghost state (who was
//! told what) is in [`invariant`], not in [`State`].

mod action;
mod channel;
mod context;
mod effect;
mod id;
pub mod invariant;
mod next;
mod profile;
pub mod records;
mod refusal;
mod request;
mod rules;
mod state;

pub use action::{Action, Completion, Departure, EventSource, ListenerTarget, Realm};
pub use channel::{Channel, ChannelEvent, End, Item, Link, Opener, Phase, Sender, Waiting};
pub use context::{
    Context, Dispatch, Gate, Heard, Kind, ListenerSet, RuntimeEvent, RuntimeListeners,
};
pub use effect::{DisconnectError, DropRule, Effect, Occurrence};
pub use id::{
    ChannelId, ContextId, DocumentId, ExtensionId, FrameId, ListenerId, Message, PortId, RequestId,
    WorldId,
};
pub use next::next;
pub use profile::Profile;
pub use records::Records;
pub use refusal::{Limit, Refusal};
pub use request::{Outcome, Request, RequestPhase, Responder};
pub use rules::{
    CacheEntry, ErrorPlace, FailedConnect, Held, Inheritance, ListenerThrow, ListenersAfterClose,
    OmittedMember, PayloadCodec, ReceiverDeath, ReceiverDisconnect, RemovedDuringDispatch,
    Revocation, Rules, SilentAnswer, Unload, Withdrawal, WorldIdLength, WorldOverflow,
};
pub use state::{
    Background, Csp, Document, DocumentPhase, Extension, Loaded, Permission, State, WorldConfig,
};
