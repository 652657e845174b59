//! Names of contexts, documents and ports for people: in events, logs and diagrams.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Which context an event happened in. As text: `background`, or the document and `@` world.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContextLabel {
    /// The extension's background.
    Background,
    /// A content script of a document.
    ContentScript {
        /// The document's address, numbered if it is open several times.
        document: Arc<str>,
    },
    /// An extension page.
    Page {
        /// Its address within the extension.
        document: Arc<str>,
    },
    /// A user-script world of a document.
    World {
        /// The document's address, numbered if it is open several times.
        document: Arc<str>,
        /// The worldId; empty for the default world.
        world: Arc<str>,
    },
}

impl fmt::Display for ContextLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Background => f.write_str("background"),
            Self::ContentScript { document } => write!(f, "{document} @cs"),
            Self::Page { document } => f.write_str(document),
            Self::World { document, world } if world.is_empty() => write!(f, "{document} @default"),
            Self::World { document, world } => write!(f, "{document} @{world}"),
        }
    }
}

impl Serialize for ContextLabel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
