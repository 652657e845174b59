//! Which record of the model a router id names.

use std::collections::BTreeMap;

use worldport_model as model;

/// An id that no record of the model has: what a stale or forged router id is translated to.
const ABSENT: u32 = u32::MAX;

/// A router id and the model id of the same record, both ways.
#[derive(Clone, Debug)]
struct Pairs<C, M> {
    /// Every router id ever seen: a generational id names one record for ever.
    to_model: BTreeMap<C, M>,
    /// The router id that has this model id now.
    to_router: BTreeMap<M, C>,
}

impl<C, M> Default for Pairs<C, M> {
    fn default() -> Self {
        Self { to_model: BTreeMap::new(), to_router: BTreeMap::new() }
    }
}

impl<C: Ord + Copy, M: Ord + Copy> Pairs<C, M> {
    fn pair(&mut self, concrete: C, model: M) {
        self.to_model.insert(concrete, model);
        self.to_router.insert(model, concrete);
    }

    /// The model id of whatever the router id named when it was new.
    fn ever(&self, concrete: C) -> Option<M> {
        self.to_model.get(&concrete).copied()
    }

    /// A router id whose model id another record has taken.
    fn stale(&self) -> Option<C> {
        self.to_model.keys().copied().find(|&id| self.current(id).is_none())
    }

    /// The model id, unless another record has taken it since.
    fn current(&self, concrete: C) -> Option<M> {
        self.ever(concrete).filter(|id| self.to_router.get(id) == Some(&concrete))
    }
}

macro_rules! kinds {
    ($($field:ident $pair:ident $ever:ident $current:ident $router:ident: $concrete:ty => $model:ty = $absent:expr;)*) => {
        /// Router ids and model ids of the same records.
        #[derive(Clone, Debug, Default)]
        pub struct Ids {
            $($field: Pairs<$concrete, $model>,)*
            /// World names, numbered as they are met. The default world has no number.
            worlds: BTreeMap<std::sync::Arc<str>, u32>,
            /// What each context was when it started.
            senders: BTreeMap<worldport::ContextId, model::Sender>,
        }

        impl Ids {
            $(
                /// Notes that these two name the same new record.
                pub fn $pair(&mut self, concrete: $concrete, model: $model) {
                    self.$field.pair(concrete, model);
                }

                /// The model's name of the record that this router id named when it was new.
                #[must_use]
                pub fn $ever(&self, concrete: $concrete) -> $model {
                    self.$field.ever(concrete).unwrap_or($absent)
                }

                /// The model's name of the record that a call with this router id is about; an id that
                /// nothing has if the record is gone.
                #[must_use]
                pub fn $current(&self, concrete: $concrete) -> $model {
                    self.$field.current(concrete).unwrap_or($absent)
                }

                /// The router id of a record of the model.
                #[must_use]
                pub fn $router(&self, model: $model) -> Option<$concrete> {
                    self.$field.to_router.get(&model).copied()
                }
            )*
        }
    };
}

kinds! {
    extensions pair_extension extension_ever extension extension_of: worldport::ExtensionId => model::ExtensionId = model::ExtensionId(ABSENT);
    documents pair_document document_ever document document_of: worldport::DocumentId => model::DocumentId = model::DocumentId(ABSENT);
    frames pair_frame frame_ever frame frame_of: u64 => model::FrameId = model::FrameId(ABSENT);
    contexts pair_context context_ever context context_of: worldport::ContextId => model::ContextId = model::ContextId(ABSENT);
    channels pair_channel channel_ever channel channel_of: worldport::PortId => model::ChannelId = model::ChannelId(ABSENT);
    receivers pair_receiver receiver_ever receiver receiver_of: worldport::PortId => (model::ChannelId, model::ContextId) = (model::ChannelId(ABSENT), model::ContextId(ABSENT));
    requests pair_request request_ever request request_of: worldport::RequestId => model::RequestId = model::RequestId(ABSENT);
}

impl Ids {
    /// The model's name of a world, which must have been met by [`Ids::meet_world`].
    #[must_use]
    pub fn world(&self, world: &worldport::WorldId) -> model::WorldId {
        if world.is_default() {
            return model::WorldId::Default;
        }
        model::WorldId::Named(self.worlds.get(world.as_str()).copied().unwrap_or(ABSENT))
    }

    /// Numbers a world that is met for the first time.
    pub fn meet_world(&mut self, world: &worldport::WorldId) -> model::WorldId {
        if !world.is_default() {
            let number = u32::try_from(self.worlds.len()).unwrap_or(ABSENT);
            self.worlds.entry(world.as_str().into()).or_insert(number);
        }
        self.world(world)
    }

    /// A port as a call names it.
    #[must_use]
    pub fn port(&self, port: worldport::PortId) -> model::PortId {
        match self.receivers.current(port) {
            Some((channel, context)) => model::PortId::Receiver(channel, context),
            None => model::PortId::Opener(self.channel(port)),
        }
    }

    /// A port as an effect names it: it was there a moment ago.
    #[must_use]
    pub fn port_ever(&self, port: worldport::PortId) -> model::PortId {
        match self.receivers.ever(port) {
            Some((channel, context)) => model::PortId::Receiver(channel, context),
            None => model::PortId::Opener(self.channel_ever(port)),
        }
    }

    /// The router id of a port of the model.
    #[must_use]
    pub fn port_of(&self, port: model::PortId) -> Option<worldport::PortId> {
        match port {
            model::PortId::Opener(channel) => self.channel_of(channel),
            model::PortId::Receiver(channel, context) => self.receiver_of((channel, context)),
        }
    }

    /// Notes what a context was when it started.
    pub fn remember_sender(&mut self, context: worldport::ContextId, sender: model::Sender) {
        self.senders.insert(context, sender);
    }

    /// What the router says of a sender: document and world from its words, which may name a document
    /// that is gone; extension and frame from when the context started, since the router tells scripts of
    /// these by name and number.
    #[must_use]
    pub fn sender(&self, sender: &worldport::Sender) -> model::Sender {
        let started = self.senders.get(&sender.context);
        model::Sender {
            context: self.context_ever(sender.context),
            extension: started.map_or(model::ExtensionId(ABSENT), |it| it.extension),
            document: sender.document.map(|it| self.document_ever(it)),
            frame: started.and_then(|it| it.frame),
            world: sender.world.as_ref().map(|it| self.world(it)),
        }
    }
}

/// Router ids whose records are gone while another record has their model id, or was to have it.
impl Ids {
    /// Ids of records that are gone; a stranger's where there is none.
    #[must_use]
    pub fn stale(&self, strangers: &super::Strangers) -> super::Strangers {
        let port = self.receivers.stale().or_else(|| self.channels.stale());
        super::Strangers {
            extension: self.extensions.stale().unwrap_or(strangers.extension),
            document: self.documents.stale().unwrap_or(strangers.document),
            context: self.contexts.stale().unwrap_or(strangers.context),
            port: port.unwrap_or(strangers.port),
            request: self.requests.stale().unwrap_or(strangers.request),
        }
    }
}
