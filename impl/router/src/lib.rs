//! A router for WebExtension messaging between an extension and its user scripts.
//!
//! `runtime.connect` in a user-script world, `runtime.onUserScriptConnect` in the extension, and
//! the `Port`s at both ends; `userScripts.configureWorld({ messaging })`, which opens and shuts
//! that way; one-time messages; and what surrounds them: documents that navigate, enter the
//! back/forward cache and come back, backgrounds that stop and are woken, pages, permissions,
//! reloads. It is for embedders whose engine lacks these, and who have processes and script engines
//! of their own.
//!
//! ```text
//!   calls of scripts        ┌──────────┐  poll: Ready, Woken, ContextEnded
//!   connect, post, … ──────▶│          │────────────────────▶ event loops
//!                           │  Router  │
//!   what happens ──────────▶│          │◀──── dispatch, next ─── a context's turn
//!   inject, navigate, …     └──────────┘────▶ listener, event ──▶ call it
//! ```
//!
//! The router does no input or output and has no clock, threads or callbacks. Each method decides
//! first and then commits: a refused call has changed nothing. Everything it has to say is polled,
//! in the order in which it came about.
//!
//! # Example
//!
//! A user script connects and posts; the background accepts and receives.
//!
//! ```
//! use worldport::{
//!     Completion, Content, Dispatched, DocumentSpec, EventSource, ExtensionSpec, Limits,
//!     ListenerId, ListenerTarget, Occurrence, Output, Realm, Router, Rules, RuntimeEvent, TabId,
//!     WorldChange, WorldId,
//! };
//!
//! let mut router: Router<String> = Router::new(Rules::STANDARD, Limits::DEFAULT);
//!
//! // An extension whose background is up, lets user scripts send, and listens for them.
//! let extension = router.load_extension(ExtensionSpec {
//!     id: "greeter@example".into(),
//!     origin: "moz-extension://greeter".into(),
//!     background: Some("moz-extension://greeter/background.html".into()),
//! })?;
//! let background = router.start_background(extension)?;
//! let messaging = WorldChange { messaging: Some(true), csp: None };
//! router.configure_world(background, WorldId::DEFAULT, messaging)?;
//! let on_connect = ListenerId(1);
//! let target = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
//! router.add_listener(background, target, on_connect)?;
//! router.background_started(background)?;
//!
//! // A page in which a user script runs, connects, and posts at once.
//! let content = Content::new("https://example.com/", "https://example.com");
//! let document = router.create_document(DocumentSpec::in_tab(TabId(1), content))?;
//! let world = router.inject(extension, document, Realm::UserScript(WorldId::DEFAULT))?;
//! let port = router.connect(world, "greeting")?;
//! router.post(world, port, "hello".to_owned())?;
//!
//! // The background's turn: the connect event, in whose listener it listens to the new port.
//! let source = match router.poll() {
//!     Some(Output::Ready { context, source }) if context == background => source,
//!     other => panic!("the background has an event, not {other:?}"),
//! };
//! let receiver = match router.dispatch(background, source)? {
//!     Dispatched::Called { listener, occurrence: Occurrence::Connect { port, sender, name } } => {
//!         assert_eq!(listener, on_connect);
//!         assert_eq!((&*name, &*sender.url), ("greeting", "https://example.com/"));
//!         port
//!     }
//!     other => panic!("a connect event, not {other:?}"),
//! };
//! let on_message = ListenerId(2);
//! router.add_listener(background, ListenerTarget::PortMessage(receiver), on_message)?;
//! assert_eq!(router.next(background, Completion::Returned)?, None);
//!
//! // Its next turn: the message.
//! assert_eq!(
//!     router.poll(),
//!     Some(Output::Ready { context: background, source: EventSource::Port(receiver) }),
//! );
//! assert_eq!(
//!     router.dispatch(background, EventSource::Port(receiver))?,
//!     Dispatched::Called {
//!         listener: on_message,
//!         occurrence: Occurrence::Message { port: receiver, payload: "hello".to_owned() },
//!     },
//! );
//! assert_eq!(router.next(background, Completion::Returned)?, None);
//! assert_eq!(router.poll(), None);
//! # Ok::<(), worldport::Refusal>(())
//! ```
//!
//! # Rules
//!
//! Browsers differ. Every point on which they do is a named choice in [`Rules`], and a profile is a
//! constant made of choices: [`Rules::STANDARD`], [`Rules::CHROMIUM`], [`Rules::FIREFOX`]. The docs
//! of a choice name the recorded scenarios that show it.
//!
//! # Invariants
//!
//! Comments that keep an invariant of the project name it: `[S1]` no delivery without messaging,
//! `[S2]` a port is closed at most once, `[S3]` after disconnect nothing is delivered, `[S4]` every
//! port of a dead context is closed, `[S5]` what is delivered is what was sent, in order, `[S6]`
//! listeners in the order of addition, each once, `[S7]` user scripts reach only their own
//! extension and only its user-script events, `[S8]` the sender is what the router knows, `[S9]` a
//! refusal changes nothing, `[S10]` "receiving end does not exist" only if nobody accepted, `[S11]`
//! nothing leaks, `[L1]` every connect is accepted or told.
//!
//! # Costs
//!
//! A message's way (post, look-up, checks, inbox, poll, dispatch, next) is constant and allocates
//! nothing once queues have grown. A channel with one receiver costs 168 bytes and its name, and the
//! slack of tables that grow by doubling. A dying context costs in proportion to its own ports and
//! requests.
//!
//! # Features
//!
//! * `std` (default): [`shards`], several routers behind one handle that threads share. All else works
//!   without.
//! * `serde`: calls, outcomes, snapshots and the types in them as data.
//! * `tracing`: one event a call.
//!
//! Deliberately absent: serialising payloads, texts that scripts see (data of the host, by
//! profile), timers such as a background's idle time-out, and any I/O.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod errors;
#[cfg(feature = "std")]
pub mod shards;

mod call;
mod id;
mod limits;
mod output;
mod payload;
mod record;
mod refusal;
mod router;
mod rules;
mod sender;
mod snapshot;
mod spec;
mod store;
mod world;

pub use call::{Call, Outcome, Reply};
pub use errors::*;
pub use id::{ContextId, DocumentId, ExtensionId, ListenerId, PortId, RequestId, TabId};
pub use limits::{LimitKind, Limits};
pub use output::{
    Dispatched, DropCounts, DropRule, EventSource, NothingCalled, Occurrence, Output, PortError,
    RequestOutcome,
};
pub use payload::Payload;
pub use refusal::Refusal;
pub use router::Router;
pub use rules::*;
pub use sender::Sender;
pub use snapshot::*;
pub use spec::{
    Completion, Content, Departure, DocumentSpec, ExtensionSpec, ListenerTarget, PageSpec, Realm,
    RuntimeEvent,
};
pub use world::{Gate, WorldChange, WorldConfig, WorldId, WorldIdError};
