//! Ask: one receiver of a request.

use crate::ReceiverPhase;
use crate::store::{Linked, Links};

/// The list of the receivers of a request.
#[derive(Debug)]
pub(crate) enum OfRequest {}

/// The list of what a context may answer.
#[derive(Debug)]
pub(crate) enum OfReceiver {}

/// One receiver of one request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The slot of the request.
    pub(crate) request: u32,
    /// The slot of the receiving context.
    pub(crate) receiver: u32,
    pub(crate) phase: ReceiverPhase,
    pub(crate) of_request: Links,
    pub(crate) of_receiver: Links,
}

impl Linked<OfRequest> for Ask {
    fn links(&self) -> Links {
        self.of_request
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_request
    }
}

impl Linked<OfReceiver> for Ask {
    fn links(&self) -> Links {
        self.of_receiver
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_receiver
    }
}
