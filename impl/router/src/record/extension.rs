//! Extension: what is loaded, its worlds' configurations, and what waits for its background.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use super::{Amount, OfExtension, Waiting};
use crate::store::{List, Record};
use crate::{Background, ExtensionId, Permission, WorldConfig, WorldId};

/// An extension as loaded once.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    /// Its id as scripts see it.
    pub(crate) name: Arc<str>,
    /// The origin of its pages.
    pub(crate) origin: Arc<str>,
    /// The URL of its background, if it has one.
    pub(crate) background_url: Option<Arc<str>>,
    /// Whether it is loaded. An unloaded one is kept while `injected` is not empty: `[S11]`.
    pub(crate) loaded: bool,
    pub(crate) background: Background,
    pub(crate) permission: Permission,
    pub(crate) configs: BTreeMap<WorldId, WorldConfig>,
    /// The background and the pages, in the order of creation: who may receive.
    pub(crate) own: List<OfExtension>,
    /// The world instances and content scripts, in the order of creation.
    pub(crate) injected: List<OfExtension>,
    /// The channels and requests that wait for the starting background, oldest first. Empty unless
    /// the background is starting.
    pub(crate) waiting: List<Waiting>,
    pub(crate) waiting_count: usize,
    pub(crate) page_count: usize,
    /// Requests of its contexts, those included whose origin is dead.
    pub(crate) request_count: usize,
    /// What was granted to the accounts of its contexts beyond what is free, and what dead contexts
    /// left under way.
    pub(crate) granted: Amount,
}

impl Record for Extension {
    type Id = ExtensionId;
}
