//! States packed without loss, so that all of a machine fit into memory at once.
//!
//! A state is ten maps of records, and most steps change one record. Each record is kept once, in a table,
//! and a state is the list of the places of its records. Records are compared whole and lists are compared
//! whole: two states have one packing only if they are equal. Nothing stands for a state but itself.
//!
//! Packings that share a [`Common`] list of records agree on the places, so that threads can pack side by
//! side. Each thread keeps records of its own: nothing that a step touches is counted by two threads.

use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use worldport_model::invariant::{ChannelHistory, ContextHistory, History, RequestHistory};
use worldport_model::{
    Channel, ChannelId, Context, ContextId, Document, DocumentId, Extension, ExtensionId,
    ListenerId, ListenerTarget, Records, Request, RequestId, State, WorldId,
};

use crate::machine::{Breach, MachineState};

/// The end of a map in a packed state.
pub(crate) const END: u32 = u32::MAX;

/// The words of a state that has nothing.
const NOTHING: [u32; 10] = [END; 10];

/// Records of one kind, each under the key that it has in its map, each once.
type List<K, V> = Vec<(K, Arc<V>)>;

/// The records that packings agree on, in the order of their places.
#[derive(Debug)]
struct Shared<K, V>(Mutex<List<K, V>>);

impl<K, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

/// What one packing knows of the shared records: the first of them, and where each is.
#[derive(Debug)]
struct Table<K, V> {
    records: List<K, V>,
    places: HashTable<u32>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { records: Vec::new(), places: HashTable::new() }
    }
}

fn hash<K: Hash, V: Hash>(key: &K, value: &V) -> u64 {
    FxBuildHasher.hash_one((key, value))
}

impl<K: Copy + Ord + Hash, V: Clone + Eq + Hash> Table<K, V> {
    fn find(&self, hash: u64, key: K, value: &V) -> Option<u32> {
        let is_it = |&place: &u32| {
            let (other, record) = &self.records[place as usize];
            *other == key && **record == *value
        };
        self.places.find(hash, is_it).copied()
    }

    fn learn(&mut self, hash_of_it: u64, key: K, value: Arc<V>) -> u32 {
        let place = u32::try_from(self.records.len()).unwrap_or(END);
        // A byte code of places counts from one, and the greatest of all is the end.
        assert!(place < END - 1, "a table has no place left");
        self.records.push((key, value));
        let records = &self.records;
        self.places.insert_unique(hash_of_it, place, |&place| {
            let (key, value) = &records[place as usize];
            hash(key, &**value)
        });
        place
    }

    /// Copies what others have found meanwhile.
    fn catch_up(&mut self, list: &List<K, V>) {
        for (key, value) in list.get(self.records.len()..).unwrap_or_default() {
            self.learn(hash(key, &**value), *key, Arc::new(V::clone(value)));
        }
    }

    fn place(&mut self, key: K, value: &Arc<V>, shared: &Shared<K, V>) -> u32 {
        let hash = hash(&key, &**value);
        if let Some(place) = self.find(hash, key, value) {
            return place;
        }
        let mut list = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.catch_up(&list);
        if let Some(place) = self.find(hash, key, value) {
            return place;
        }
        list.push((key, Arc::new(V::clone(value))));
        self.learn(hash, key, Arc::clone(value))
    }

    /// Packs a map. What it has in common with the map that it was made from is packed as it was there:
    /// `rest` begins with the words of that map.
    fn pack(
        &mut self,
        shared: &Shared<K, V>,
        (map, from): (&Records<K, V>, &Records<K, V>),
        rest: &mut &[u32],
        into: &mut Vec<u32>,
    ) {
        let (known, behind) = rest.split_at(from.len());
        *rest = &behind[1..];
        if map.is_same(from) {
            into.extend_from_slice(known);
            into.push(END);
            return;
        }
        let mut known = from.shared().iter().zip(known).peekable();
        for (key, value) in map.shared() {
            while known.next_if(|((other, _), _)| other < key).is_some() {}
            let same = |(other, record): &(K, Arc<V>)| {
                other == key && (Arc::ptr_eq(record, value) || record == value)
            };
            into.push(match known.peek() {
                Some(&(record, &place)) if same(record) => place,
                _ => self.place(*key, value, shared),
            });
        }
        into.push(END);
    }

    fn unpack(&self, words: &mut &[u32]) -> Records<K, V> {
        let (places, behind) = first_map(words);
        *words = behind;
        let records = places.iter().filter_map(|&place| self.records.get(place as usize));
        records.cloned().collect()
    }

    /// Sees to it that the records of a map are known.
    fn know(&mut self, shared: &Shared<K, V>, words: &mut &[u32]) {
        let (places, behind) = first_map(words);
        *words = behind;
        if places.iter().any(|&place| place as usize >= self.records.len()) {
            self.catch_up(&shared.0.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// The places of the first map, and what is behind it.
fn first_map<'a>(words: &&'a [u32]) -> (&'a [u32], &'a [u32]) {
    let end = words.iter().position(|&word| word == END).unwrap_or(words.len());
    (&words[..end], words.get(end + 1..).unwrap_or_default())
}

/// Stamps what is done for each kind of record, in the order in which kinds are packed.
macro_rules! kinds {
    ($($part:ident.$map:ident $name:ident: $key:ty => $value:ty;)*) => {
        /// The lists of all records of a machine.
        #[derive(Debug, Default)]
        pub(crate) struct Common {
            $($name: Shared<$key, $value>,)*
            broken: Shared<(), Breach>,
        }

        /// What one thread knows of the records of a machine.
        #[derive(Debug, Default)]
        pub(crate) struct Places {
            $($name: Table<$key, $value>,)*
            broken: Table<(), Breach>,
        }

        impl Places {
            /// Packs a state: equal states give equal words, and different states different ones.
            pub(crate) fn pack(
                &mut self,
                common: &Common,
                state: &MachineState,
                from: &MachineState,
                mut words: &[u32],
                into: &mut Vec<u32>,
            ) {
                $(
                    let maps = (&state.$part.$map, &from.$part.$map);
                    self.$name.pack(&common.$name, maps, &mut words, into);
                )*
                into.extend(state.broken.map(|breach| {
                    self.broken.place((), &Arc::new(breach), &common.broken)
                }));
            }

            /// The state that was packed, of whose records all are known here.
            pub(crate) fn unpack(&self, mut words: &[u32]) -> MachineState {
                let mut at = nothing();
                $(at.$part.$map = self.$name.unpack(&mut words);)*
                let broken = self.broken.unpack(&mut words);
                MachineState { broken: broken.get(&()).copied(), ..at }
            }

            /// Sees to it that the records of a state are known here, which another thread may have packed.
            pub(crate) fn know(&mut self, common: &Common, mut words: &[u32]) {
                $(self.$name.know(&common.$name, &mut words);)*
                self.broken.know(&common.broken, &mut words);
            }

            /// How many records there are.
            pub(crate) fn records(&self) -> usize {
                0 $(+ self.$name.records.len())*
            }
        }
    };
}

kinds! {
    state.extensions extensions: ExtensionId => Extension;
    state.documents documents: DocumentId => Document;
    state.contexts contexts: ContextId => Context;
    state.channels channels: ChannelId => Channel;
    state.requests requests: RequestId => Request;
    history.configs past_configs: ExtensionId => std::collections::BTreeMap<WorldId, bool>;
    history.contexts past_contexts: ContextId => ContextHistory;
    history.listeners past_listeners: (ContextId, ListenerTarget) => Vec<ListenerId>;
    history.channels past_channels: ChannelId => ChannelHistory;
    history.requests past_requests: RequestId => RequestHistory;
}

fn nothing() -> MachineState {
    MachineState { state: State::default(), history: History::default(), broken: None }
}

impl Places {
    /// Packs a state that was made from nothing that is packed.
    pub(crate) fn pack_alone(
        &mut self,
        common: &Common,
        state: &MachineState,
        into: &mut Vec<u32>,
    ) {
        self.pack(common, state, &nothing(), &NOTHING, into);
    }
}

/// The records of a machine that one thread explores.
#[derive(Debug, Default)]
pub(crate) struct Packing {
    common: Common,
    places: Places,
}

impl Packing {
    /// Packs a state: equal states give equal words, and different states different ones.
    pub(crate) fn pack(&mut self, state: &MachineState, into: &mut Vec<u32>) {
        self.places.pack_alone(&self.common, state, into);
    }

    /// The same, quicker, of a state that was made from another, whose words are known.
    pub(crate) fn pack_step(
        &mut self,
        state: &MachineState,
        (from, words): (&MachineState, &[u32]),
        into: &mut Vec<u32>,
    ) {
        self.places.pack(&self.common, state, from, words, into);
    }

    /// The state that was packed.
    #[must_use]
    pub(crate) fn unpack(&self, packed: &[u32]) -> MachineState {
        self.places.unpack(packed)
    }
}

/// Writes words as bytes, seven bits each; places are small numbers.
pub(crate) fn write(words: &[u32], into: &mut Vec<u8>) {
    for &word in words {
        number(if word == END { 0 } else { word + 1 }, into);
    }
}

/// Writes one number.
pub(crate) fn number(mut number: u32, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Reads one number, and leaves what is behind it.
pub(crate) fn read_number(bytes: &mut &[u8]) -> u32 {
    let (mut number, mut shift) = (0, 0);
    while let Some((&byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            break;
        }
    }
    number
}

/// Reads words.
pub(crate) fn read(mut bytes: &[u8], into: &mut Vec<u32>) {
    while !bytes.is_empty() {
        // Nought comes before the first place, and so it is the end.
        into.push(read_number(&mut bytes).wrapping_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::{END, read, write};

    #[test]
    fn words_are_read_as_they_were_written() {
        let words = [0, 1, END, 126, 127, 128, END, END, 16_382, 16_383, END - 2, 7];
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        write(&words, &mut bytes);
        read(&bytes, &mut back);
        assert_eq!(back, words);
        assert_eq!(bytes.len(), 1 + 1 + 1 + 1 + 2 + 2 + 1 + 1 + 2 + 3 + 5 + 1);
    }
}
