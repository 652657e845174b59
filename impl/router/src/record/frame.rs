//! Frame: where documents follow one another. Not named outside: a document stands for its frame.

use super::OfFrame;
use crate::TabId;
use crate::store::{Linked, Links, List};

/// The list of the child frames of a document.
#[derive(Debug)]
pub(crate) enum OfParent {}

/// A frame.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Never used twice.
    pub(crate) number: u64,
    pub(crate) tab: Option<TabId>,
    /// The slot of the document that it is in; `None`: it is a tab's top frame.
    pub(crate) parent: Option<u32>,
    /// The slot of the document that it shows. Vacant only while one document replaces another, and
    /// in a frame whose document is cached together with its parent.
    pub(crate) active: Option<u32>,
    /// Its documents, active and cached.
    pub(crate) documents: List<OfFrame>,
    pub(crate) of_parent: Links,
}

impl Linked<OfParent> for Frame {
    fn links(&self) -> Links {
        self.of_parent
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_parent
    }
}
