//! The place of a key in a map.

use super::Records;

/// The place of a key in a map, with or without a record.
#[derive(Debug)]
pub struct Entry<'a, K, V> {
    pub(super) map: &'a mut Records<K, V>,
    pub(super) key: K,
}

impl<'a, K: Clone + Ord, V: Clone> Entry<'a, K, V> {
    /// Changes the record if there is one.
    pub fn and_modify(self, change: impl FnOnce(&mut V)) -> Self {
        if let Some(value) = self.map.get_mut(&self.key) {
            change(value);
        }
        self
    }

    /// The record, to change it; this one if there is none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The record, to change it; a new one if there is none.
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> &'a mut V {
        let Self { map, key } = self;
        let place = map.place(&key).unwrap_or_else(|place| {
            map.insert_at(place, key, value());
            place
        });
        map.at_mut(place)
    }

    /// The record, to change it; the default if there is none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}
