//! States packed without loss, so that all of a machine fit into memory at once.
//!
//! A state is ten maps of records, and most steps change one record. Each record is kept once, in a table,
//! and a state is the list of the places of its records. Records are compared whole and lists are compared
//! whole: two states have one packing only if they are equal. Nothing stands for a state but itself.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use worldport_model::invariant::{ChannelHistory, ContextHistory, History, RequestHistory};
use worldport_model::{
    Channel, ChannelId, Context, ContextId, Document, DocumentId, Extension, ExtensionId,
    ListenerId, ListenerTarget, Request, RequestId, State, WorldId,
};

use crate::machine::{Breach, MachineState};

/// The end of a map in a packed state.
const END: u32 = u32::MAX;

/// A state as places of its records.
pub(crate) type Packed = Arc<[u32]>;

/// Records of one kind, each under the key that it has in its map, each once.
#[derive(Debug)]
struct Table<K, V> {
    places: HashMap<K, HashMap<Arc<V>, u32>>,
    records: Vec<(K, Arc<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { places: HashMap::new(), records: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash + Ord, V: Clone + Eq + Hash> Table<K, V> {
    fn place(&mut self, key: K, value: &V) -> u32 {
        let of_key = self.places.entry(key).or_default();
        if let Some(&place) = of_key.get(value) {
            return place;
        }
        let place = u32::try_from(self.records.len()).unwrap_or(END);
        assert!(place < END, "a table has no place left");
        let value = Arc::new(value.clone());
        of_key.insert(Arc::clone(&value), place);
        self.records.push((key, value));
        place
    }

    fn pack(&mut self, map: &BTreeMap<K, V>, into: &mut Vec<u32>) {
        into.extend(map.iter().map(|(&key, value)| self.place(key, value)));
        into.push(END);
    }

    fn unpack(&self, words: &mut impl Iterator<Item = u32>) -> BTreeMap<K, V> {
        let places = words.take_while(|&word| word != END);
        let records = places.filter_map(|place| self.records.get(place as usize));
        records.map(|(key, value)| (*key, V::clone(value))).collect()
    }
}

/// The tables of all records of a machine.
#[derive(Debug, Default)]
pub(crate) struct Packing {
    extensions: Table<ExtensionId, Extension>,
    documents: Table<DocumentId, Document>,
    contexts: Table<ContextId, Context>,
    channels: Table<ChannelId, Channel>,
    requests: Table<RequestId, Request>,
    past_configs: Table<ExtensionId, BTreeMap<WorldId, bool>>,
    past_contexts: Table<ContextId, ContextHistory>,
    past_listeners: Table<(ContextId, ListenerTarget), Vec<ListenerId>>,
    past_channels: Table<ChannelId, ChannelHistory>,
    past_requests: Table<RequestId, RequestHistory>,
    broken: Table<(), Breach>,
}

impl Packing {
    /// Packs a state: equal states give equal words, and different states different ones.
    pub(crate) fn pack(&mut self, state: &MachineState, into: &mut Vec<u32>) {
        let MachineState { state, history, broken } = state;
        let State { extensions, documents, contexts, channels, requests } = state;
        self.extensions.pack(extensions, into);
        self.documents.pack(documents, into);
        self.contexts.pack(contexts, into);
        self.channels.pack(channels, into);
        self.requests.pack(requests, into);
        let History { configs, contexts, listeners, channels, requests } = history;
        self.past_configs.pack(configs, into);
        self.past_contexts.pack(contexts, into);
        self.past_listeners.pack(listeners, into);
        self.past_channels.pack(channels, into);
        self.past_requests.pack(requests, into);
        into.extend(broken.map(|breach| self.broken.place((), &breach)));
    }

    /// The state that was packed.
    #[must_use]
    pub(crate) fn unpack(&self, packed: &[u32]) -> MachineState {
        let mut words = packed.iter().copied();
        let words = &mut words;
        let state = State {
            extensions: self.extensions.unpack(words),
            documents: self.documents.unpack(words),
            contexts: self.contexts.unpack(words),
            channels: self.channels.unpack(words),
            requests: self.requests.unpack(words),
        };
        let history = History {
            configs: self.past_configs.unpack(words),
            contexts: self.past_contexts.unpack(words),
            listeners: self.past_listeners.unpack(words),
            channels: self.past_channels.unpack(words),
            requests: self.past_requests.unpack(words),
        };
        let broken = words.next().and_then(|place| self.broken.records.get(place as usize));
        MachineState { state, history, broken: broken.map(|(_, breach)| **breach) }
    }
}
