//! What the router says: notices to poll, what a dispatch hands to the host, and what it dropped.

use alloc::sync::Arc;
use core::fmt;

use crate::{ContextId, ExtensionId, ListenerId, PortId, RequestId, Sender};

/// One notice of [`poll`](crate::Router::poll).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Output {
    /// A context is gone. Nothing about it will be said any more; whatever the host keeps for it
    /// can go.
    ContextEnded {
        /// The context that ended.
        context: ContextId,
    },
    /// An event waits. Call [`dispatch`](crate::Router::dispatch) with these two when the context's
    /// event loop gets to it; order matters only within one source.
    Ready {
        /// Whose event it is.
        context: ContextId,
        /// Where it waits.
        source: EventSource,
    },
    /// Messaging woke the background: start it in this context, and then say
    /// [`background_started`](crate::Router::background_started) (`r2_stopped_then_connect`).
    Woken {
        /// Whose background it is.
        extension: ExtensionId,
        /// The context that it is to run in.
        context: ContextId,
    },
}

/// Where an event waits for a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EventSource {
    /// At one of its ports: a connect event, a message, or the end of the channel.
    Port(PortId),
    /// The reply to a request that it sent.
    Reply(RequestId),
    /// A request that it is asked.
    Request(RequestId),
}

/// What a dispatch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Dispatched<P> {
    /// Call this listener with this event. When it has ended, say so with
    /// [`next`](crate::Router::next), which names the listener to call after it.
    Called {
        /// The first listener.
        listener: ListenerId,
        /// The event, which is the same for all listeners of the dispatch.
        occurrence: Occurrence<P>,
    },
    /// The port was closed by the other side; nobody listens for that.
    Disconnected {
        /// The port, which is closed now.
        port: PortId,
        /// The error that scripts can read, if any.
        error: Option<PortError>,
    },
    /// Nobody listens for the event, and it is spent.
    Nothing(NothingCalled),
    /// The promise of a one-time message settles.
    Settled {
        /// The request.
        request: RequestId,
        /// How it came out.
        outcome: RequestOutcome<P>,
    },
}

/// Why a dispatch called nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum NothingCalled {
    /// The context has no listener for the connect event or the request: it is no receiver.
    Declined,
    /// The port has no `onMessage` listener: the message is dropped (`g3_attach_async_later`).
    NoListener,
}

/// An event as listeners get it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Occurrence<P> {
    /// `runtime.onUserScriptConnect` or `runtime.onConnect`. The port is open from now on.
    Connect {
        /// The receiver's new port.
        port: PortId,
        /// Who connects.
        sender: Arc<Sender>,
        /// The name given to `connect`.
        name: Arc<str>,
    },
    /// `port.onDisconnect`. The port is closed from now on.
    Disconnect {
        /// The port.
        port: PortId,
        /// The error that scripts can read, if any.
        error: Option<PortError>,
    },
    /// `port.onMessage`.
    Message {
        /// The port.
        port: PortId,
        /// The message.
        payload: P,
    },
    /// `runtime.onUserScriptMessage` or `runtime.onMessage`.
    Request {
        /// What to [`respond`](crate::Router::respond) to.
        request: RequestId,
        /// The message.
        payload: P,
        /// Who sent it.
        sender: Arc<Sender>,
    },
}

/// Why a port was closed, where scripts can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PortError {
    /// Nobody accepted the connection (`d1_no_listener`): `[S10]`.
    NoReceiver,
    /// The opener's page moved into the back/forward cache (`i2_navigate_and_back`).
    PageCached,
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReceiver => "nobody accepted the connection",
            Self::PageCached => "the opener's page moved into the back/forward cache",
        })
    }
}

impl core::error::Error for PortError {}

/// How a one-time message came out (`o1_sendMessage_reply`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RequestOutcome<P> {
    /// A listener threw, and the rule lets that reject the promise.
    ListenerThrew,
    /// Nobody listens.
    NoReceiver,
    /// Somebody answered.
    Reply(P),
    /// Somebody received it, and the answer can never come.
    Unanswered,
    /// Everybody who received it kept silent.
    Undefined,
}

macro_rules! drop_rules {
    ($( $(#[$doc:meta])* $rule:ident ),+ $(,)?) => {
        /// The rule by which a message was dropped. No message is missing but by one of these:
        /// `[S5]`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum DropRule {
            $( $(#[$doc])* $rule, )+
        }

        impl DropRule {
            /// Every rule, in the order of the variants.
            pub const ALL: [Self; [$( Self::$rule ),+].len()] = [$( Self::$rule ),+];
        }
    };
}

drop_rules! {
    /// An answer to a request that was answered already.
    AlreadyAnswered,
    /// The page of the opener is in the back/forward cache.
    Cached,
    /// Its receiver disconnected before it was dispatched: `[S3]`.
    ClosedHere,
    /// The context that it was for has no listener for the connect event.
    Declined,
    /// Messaging was taken away from the opener: `[S1]`.
    MessagingWithdrawn,
    /// The port had no `onMessage` listener when it was dispatched.
    NoListener,
    /// No other end was left to get it.
    PeerGone,
    /// The permission was revoked.
    PermissionRevoked,
    /// The context that it was for died.
    ReceiverGone,
    /// The extension was unloaded.
    Unloaded,
}

/// How many messages were dropped by each rule since the router was made.
///
/// A message is counted once for each receiving end, and once if it never got as far as any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DropCounts {
    counts: [u64; DropRule::ALL.len()],
}

impl DropCounts {
    pub(crate) const ZERO: Self = Self { counts: [0; DropRule::ALL.len()] };

    /// The count of one rule.
    #[must_use]
    pub const fn of(&self, rule: DropRule) -> u64 {
        self.counts[rule as usize]
    }

    /// The count of all rules together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) const fn add(&mut self, rule: DropRule, messages: usize) {
        let count = &mut self.counts[rule as usize];
        *count = count.wrapping_add(messages as u64);
    }
}
