//! Runs unpacked WebExtensions and their user scripts on the `worldport` router.
//!
//! ```text
//!   driver                     host                          router
//!   open, click, stop  ──▶  documents, realms  ── calls ──▶  decides
//!                             │      ▲          ◀─ notices ──
//!                             ▼      │
//!                        one engine a world or page
//! ```
//!
//! * [`Extension`] reads and checks what is to be run.
//! * [`Host`] is the browser around it: the driver opens documents and clicks, the host runs
//!   scripts until nothing is left to do. It decides nothing about messaging; each decision is a
//!   call on [`worldport::Router`].
//! * An [`Observer`] sees every such call with its outcome, and every [`HostEvent`]. A model that
//!   follows in lockstep is an observer.
//! * A [`Profile`] is a browser as data: the router's rules, the texts and the shapes.
//!
//! ```
//! use std::{cell::RefCell, rc::Rc};
//! use worldport_quickjs::{Extension, Host, HostEvent, HostOptions, Observer, Profile};
//!
//! #[derive(Default)]
//! struct Log(Vec<String>);
//! impl Observer for Log {
//!     fn event(&mut self, event: &HostEvent) {
//!         if let HostEvent::Console { text, .. } = event {
//!             self.0.push(text.clone());
//!         }
//!     }
//! }
//!
//! let extension = Extension::from_files([
//!     ("manifest.json", r#"{
//!         "manifest_version": 3, "name": "hello", "version": "1",
//!         "background": { "scripts": ["background.js"] }
//!     }"#),
//!     ("background.js", "setTimeout(() => console.log('later'), 1000); console.log('now');"),
//! ])?;
//! let log = Rc::new(RefCell::new(Log::default()));
//! let mut host = Host::new(Profile::STANDARD, HostOptions::default(), Rc::clone(&log));
//! host.install(extension)?;
//! host.run_until_idle()?;
//! assert_eq!(log.borrow().0, ["now", "later"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not here: threads, wall-clock time, a network, rendering, modules.

mod background;
mod bridge;
mod clock;
mod core;
mod dispatch;
mod display;
mod documents;
mod engine_text;
mod events;
mod extension;
mod host;
mod label;
mod life;
mod manifest;
mod natives;
mod net;
mod observer;
mod pages;
mod patterns;
mod payload;
mod profile;
mod realm;
mod refusals;
mod schedule;
mod script_error;
mod sender;
mod travel;
mod url;
mod user_scripts;
mod web;

pub use display::{console_line, value_text};
pub use events::{ErrorKind, HostEvent, ScriptError, Settlement};
pub use extension::{Extension, LoadError};
pub use host::{Host, HostError, HostOptions};
pub use label::ContextLabel;
pub use manifest::{BackgroundKind, Manifest, ScriptFile};
pub use net::{NetEvent, SocketId};
pub use observer::Observer;
pub use patterns::{MatchPattern, PatternError, PatternFault};
pub use payload::{Payload, Role};
pub use profile::{
    ArgumentStyle, BadReply, Either, EngineTexts, PageCache, PatternTexts, Profile, SenderField,
    Shapes, Surface, Texts, Unpermitted, Wording, WorldListing,
};
pub use realm::RealmLimits;
pub use url::{PageUrl, UrlError};
