//! Document: what a frame shows, or showed and may show again.

use super::{OfDocument, OfParent};
use crate::store::{Linked, Links, List, Record};
use crate::{Content, DocumentId, DocumentState};

/// The list of the documents of a frame.
#[derive(Debug)]
pub(crate) enum OfFrame {}

/// A document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The slot of its frame.
    pub(crate) frame: u32,
    pub(crate) state: DocumentState,
    pub(crate) content: Content,
    /// Its contexts, in the order of creation.
    pub(crate) contexts: List<OfDocument>,
    /// The frames in it.
    pub(crate) frames: List<OfParent>,
    /// The slot of the top-level document that it is below, or is.
    pub(crate) top: u32,
    /// Of a top-level document: how many frames are below it, at any depth.
    pub(crate) frames_below: usize,
    pub(crate) of_frame: Links,
}

impl Record for Document {
    type Id = DocumentId;
}

impl Linked<OfFrame> for Document {
    fn links(&self) -> Links {
        self.of_frame
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_frame
    }
}
