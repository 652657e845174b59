//! Sender: what the router knows of the context that opened a channel or sent a message.

use alloc::sync::Arc;

use crate::{ContextId, DocumentId, TabId, WorldId};

/// The sender of a connection or a one-time message.
///
/// It is built from the router's records only, never from what the opener says: `[S8]`,
/// `n2_sender`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sender {
    /// The id of the extension that the script belongs to.
    pub extension: Arc<str>,
    /// The URL of the sender's document, page or background.
    pub url: Arc<str>,
    /// Its origin.
    pub origin: Arc<str>,
    /// The tab, unless it is a background or a page outside of tabs.
    pub tab: Option<TabId>,
    /// The frame's number: 0 is a tab's top frame; `None` for extension contexts.
    pub frame: Option<u64>,
    /// The document; `None` for extension contexts.
    pub document: Option<DocumentId>,
    /// The world, if a user script sent it.
    pub world: Option<WorldId>,
    /// The context itself.
    pub context: ContextId,
}
