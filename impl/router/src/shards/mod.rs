//! Shards: several routers behind one handle that threads share, so that extensions do not wait for
//! each other.
//!
//! No call of a [`Router`] lets one extension reach another. So extensions can be spread over routers
//! of their own, the *shards*, each behind a lock, and calls on different shards run at the same time
//! and touch no memory in common. Each shard is a router as it is; only the way to it is new.
//!
//! * **Finding the shard.** What the embedder is given for an extension or a context is
//!   [`Placed`]: the id and its shard. It can neither be made by hand nor be read from a message.
//!   Ports and requests carry no shard: they are looked up in that of the context that acts, so a
//!   script cannot name one of another shard, whatever it claims.
//! * **Calls and polling.** [`Shards::lock`] gives one shard, for one call or for a whole turn of an
//!   event loop. It has the router's calls and its own [`poll`](Shard::poll), for which no other shard
//!   is needed. [`Shards::is_waiting`] tells, without a lock, whether there is anything to poll.
//! * **Documents** are in all extensions at once. Every shard has all of them, under the same ids:
//!   [`create_document`](Shards::create_document) and the other three calls on documents go to each
//!   shard in turn, and two such calls never overtake one another on the way. Each extension sees
//!   them as one event in its own order, which is all that a router promises.
//!
//! Who drives them is the embedder's choice: a thread a shard that locks, makes its calls, polls
//! until there is nothing, and rests until it is told of more; or a pool in which any thread serves
//! any shard.
//!
//! [`Limits`] count in each shard by itself: those of extensions and contexts are a shard's, those of
//! documents all shards', those of one context or one document's worlds of one extension are what they
//! were.
//!
//! Everything that is shared is a lock a shard, one for documents, and a flag a shard, and is played
//! through in every interleaving by the tests, with `loom`.
//!
//! Deliberately absent: threads, waking them, moving an extension to another shard, and changing the
//! number of shards.
//!
//! ```
//! use std::thread;
//! use worldport::shards::{PlacedOutput, Shards};
//! use worldport::{Content, DocumentSpec, ExtensionSpec, Limits, Realm, Router, Rules, TabId};
//!
//! let shards: Shards<u64> = Shards::new(2, &Rules::STANDARD, &Limits::DEFAULT);
//! let spec = |id: &str| ExtensionSpec {
//!     id: id.into(),
//!     origin: format!("moz-extension://{id}").into(),
//!     background: None,
//! };
//! let extensions = [shards.load_extension(spec("a"))?, shards.load_extension(spec("b"))?];
//! assert_ne!(extensions[0].shard(), extensions[1].shard());
//!
//! // One document, in which both run content scripts.
//! let content = Content::new("https://example.com/", "https://example.com");
//! let document = shards.create_document(&DocumentSpec::in_tab(TabId(1), content))?;
//! thread::scope(|scope| {
//!     for extension in extensions {
//!         let shards = &shards;
//!         scope.spawn(move || {
//!             let mut shard = shards.lock(extension.shard());
//!             let script = shard.inject(extension, document, Realm::ContentScript)?;
//!             shard.connect(script, "to nobody")?;
//!             // The opener is told so.
//!             assert!(matches!(
//!                 shard.poll(),
//!                 Some(PlacedOutput::Ready { context, .. }) if context == script
//!             ));
//!             Ok::<(), worldport::Refusal>(())
//!         });
//!     }
//! });
//! shards.destroy_document(document)?;
//! # Ok::<(), worldport::Refusal>(())
//! ```

mod placed;
mod shard;
mod sync;

#[cfg(test)]
mod tests;

pub use placed::{Placed, PlacedOutput, ShardId};
pub use shard::Shard;

use alloc::boxed::Box;
use core::fmt;

use self::sync::{AtomicBool, AtomicUsize, Mutex, Ordering};
use crate::{
    Content, CreateDocumentError, Departure, DestroyDocumentError, DocumentId, DocumentSpec,
    ExtensionId, ExtensionSpec, Limits, LoadError, NavigateError, Payload, RestoreError, Router,
    Rules,
};

/// Routers for extensions that do not wait for each other. See the [module](self).
///
/// It is shared by reference, and is `Send` and `Sync` if messages are `Send`.
pub struct Shards<P> {
    lanes: Box<[Lane<P>]>,
    /// Held while a call on documents goes through all shards, so that all get these calls in one
    /// order and hand out the same ids for them.
    documents: Mutex<()>,
    /// How many extensions were spread so far.
    spread: AtomicUsize,
}

/// A shard and its lock. Processors fetch lines of 64 bytes in pairs; no two lanes share a pair.
#[repr(align(128))]
struct Lane<P> {
    router: Mutex<Router<P>>,
    waiting: AtomicBool,
}

impl<P: Payload> Shards<P> {
    /// So many shards (one, if it is none) without any records.
    #[must_use]
    pub fn new(count: u32, rules: &Rules, limits: &Limits) -> Self {
        let lanes = (0..count.max(1)).map(|_| Lane {
            router: Mutex::new(Router::new(rules.clone(), limits.clone())),
            waiting: AtomicBool::new(false),
        });
        Self { lanes: lanes.collect(), documents: Mutex::new(()), spread: AtomicUsize::new(0) }
    }

    /// All shards.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ShardId> + use<P> {
        // There are as many as `new` was told, a `u32`.
        (0..self.lanes.len() as u32).map(ShardId)
    }

    /// Locks a shard, waiting until nobody else has it.
    ///
    /// Do not keep two at a time, and make no call on documents while you keep one: both can wait for
    /// ever.
    ///
    /// # Panics
    ///
    /// If the shard is one of another `Shards` and there is none such here; and if a panic of the
    /// payload's own code ended an earlier call half-way.
    #[inline]
    pub fn lock(&self, shard: ShardId) -> Shard<'_, P> {
        let lane = &self.lanes[shard.0 as usize];
        let router = lane.router.lock().expect("no call on this shard panicked");
        Shard::new(shard, router, &lane.waiting)
    }

    /// Whether a shard may have something to [`poll`](Shard::poll), without waiting for anybody.
    ///
    /// It is `true` from the end of a call that caused something to say to the end of a
    /// [`Shard`] that was polled to the end; and `true` for nothing after calls that caused nothing.
    #[must_use]
    pub fn is_waiting(&self, shard: ShardId) -> bool {
        self.lanes[shard.0 as usize].waiting.load(Ordering::Acquire)
    }

    /// Loads an extension into a shard, each after the one before. [`Shard::load_extension`] loads it
    /// into one of your choice.
    ///
    /// # Errors
    ///
    /// [`LoadError`]: there are too many extensions in that shard.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    pub fn load_extension(
        &self,
        extension: ExtensionSpec,
    ) -> Result<Placed<ExtensionId>, LoadError> {
        let turn = self.spread.fetch_add(1, Ordering::Relaxed) % self.lanes.len();
        self.lock(ShardId(turn as u32)).load_extension(extension)
    }

    /// [`Router::create_document`], in all shards.
    ///
    /// # Errors
    ///
    /// [`CreateDocumentError`], as there.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    pub fn create_document(
        &self,
        document: &DocumentSpec,
    ) -> Result<DocumentId, CreateDocumentError> {
        self.everywhere(|router| router.create_document(document.clone()))
    }

    /// [`Router::navigate`], in all shards.
    ///
    /// # Errors
    ///
    /// [`NavigateError`], as there.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    pub fn navigate(
        &self,
        document: DocumentId,
        departure: Departure,
        content: &Content,
    ) -> Result<DocumentId, NavigateError> {
        self.everywhere(|router| router.navigate(document, departure, content.clone()))
    }

    /// [`Router::restore`], in all shards.
    ///
    /// # Errors
    ///
    /// [`RestoreError`], as there.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    pub fn restore(&self, document: DocumentId, departure: Departure) -> Result<(), RestoreError> {
        self.everywhere(|router| router.restore(document, departure))
    }

    /// [`Router::destroy_document`], in all shards.
    ///
    /// # Errors
    ///
    /// [`DestroyDocumentError`], as there.
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    pub fn destroy_document(&self, document: DocumentId) -> Result<(), DestroyDocumentError> {
        self.everywhere(|router| router.destroy_document(document))
    }

    /// Makes a call on documents in every shard.
    ///
    /// What comes of such a call follows from the calls on documents before it alone, and every shard
    /// had the same ones in the same order. So either all refuse or all give the same value, and the
    /// first refusal is that of all: `[S9]`.
    fn everywhere<T: PartialEq + fmt::Debug, E>(
        &self,
        mut call: impl FnMut(&mut Router<P>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = self.documents.lock().expect("no call on documents panicked");
        let mut shards = self.ids();
        let first = shards.next().expect("there is at least one shard");
        let value = call(self.lock(first).common())?;
        for shard in shards {
            let other = call(self.lock(shard).common())?;
            debug_assert_eq!(value, other, "all shards have the same documents");
        }
        Ok(value)
    }
}

impl<P> fmt::Debug for Shards<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards").field("count", &self.lanes.len()).finish_non_exhaustive()
    }
}
