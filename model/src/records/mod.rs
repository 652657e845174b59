//! An ordered map whose copies share what they have in common.
//!
//! [`next`](crate::next) gives a whole new state for every step, and a step changes one record or two. So a
//! copy of a map is the same list until it is written to, and the list of two maps that differ in one record
//! holds the other records once. Nothing of that can be observed but time and [`is_same`](Records::is_same):
//! order, equality and hash are those of the keys and values, as in a `BTreeMap`, of which this has
//! the methods that are needed.

mod entry;
mod iter;

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

pub use entry::Entry;
pub use iter::{Iter, IterMut, Keys, Values};

/// An ordered map whose copies share what they have in common. Few records are expected: to insert or to
/// remove one takes time in proportion to all.
///
/// ```
/// use worldport_model::Records;
///
/// let mut squares: Records<u32, u32> = [(2, 4), (1, 1)].into_iter().collect();
/// let before = squares.clone();
/// squares.insert(3, 9);
/// assert_eq!(squares.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
/// assert_eq!((before.len(), before.get(&3)), (2, None));
/// ```
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Records<K, V>(
    /// The records in order of their keys; none if there is no record, so that equal maps are equal values.
    Option<List<K, V>>,
);

/// Records in order of their keys, some of them in other lists too.
type List<K, V> = Arc<[(K, Arc<V>)]>;

impl<K, V> Clone for Records<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Default for Records<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K, V> Records<K, V> {
    /// Each record with its key, in order of the keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::of(self.shared())
    }

    /// The keys in order.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::of(self.iter())
    }

    /// The values in order of their keys.
    pub fn values(&self) -> Values<'_, K, V> {
        Values::of(self.iter())
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared().len()
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The records as they are shared.
    #[must_use]
    pub fn shared(&self) -> &[(K, Arc<V>)] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether both are the same list in memory, and so equal. Equal maps need not be.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    fn set(&mut self, records: Vec<(K, Arc<V>)>) {
        self.0 = if records.is_empty() { None } else { Some(records.into()) };
    }
}

impl<K: Ord, V> Records<K, V> {
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.shared().binary_search_by(|(other, _)| other.cmp(key))
    }

    /// The record with this key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|place| &*self.shared()[place].1)
    }

    /// Whether there is a record with this key.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }
}

impl<K: Clone + Ord, V: Clone> Records<K, V> {
    /// The record with this key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        Some(self.at_mut(place))
    }

    /// The record at a place that has one.
    fn at_mut(&mut self, place: usize) -> &mut V {
        let records = self.0.as_mut().map(Arc::make_mut).unwrap_or_default();
        Arc::make_mut(&mut records[place].1)
    }

    /// The place of a key, with or without a record.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }

    /// Puts a record in, and gives the one with the same key back.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(_) => self.get_mut(&key).map(|old| std::mem::replace(old, value)),
            Err(place) => {
                self.insert_at(place, key, value);
                None
            }
        }
    }

    fn insert_at(&mut self, place: usize, key: K, value: V) {
        let mut records = Vec::with_capacity(self.len() + 1);
        let (before, behind) = self.shared().split_at(place);
        records.extend_from_slice(before);
        records.push((key, Arc::new(value)));
        records.extend_from_slice(behind);
        self.set(records);
    }

    /// Takes a record out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.place(key).ok()?;
        let mut records = self.shared().to_vec();
        let (_, value) = records.remove(place);
        self.set(records);
        Some(Arc::unwrap_or_clone(value))
    }

    /// Keeps only the records of which this is true.
    pub fn retain(&mut self, mut keeps: impl FnMut(&K, &V) -> bool) {
        if self.iter().all(|(key, value)| keeps(key, value)) {
            return;
        }
        let records = self.shared().iter().filter(|(key, value)| keeps(key, value));
        let records = records.cloned().collect();
        self.set(records);
    }

    /// Puts something else in the place of each record of which a revision is given.
    pub fn revise(&mut self, mut revision: impl FnMut(&K, &V) -> Option<V>) {
        for place in 0..self.len() {
            let (key, value) = &self.shared()[place];
            if let (Some(value), Some(records)) = (revision(key, value), &mut self.0) {
                Arc::make_mut(records)[place].1 = Arc::new(value);
            }
        }
    }
}

impl<K: Ord, V> FromIterator<(K, Arc<V>)> for Records<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, Arc<V>)>>(records: T) -> Self {
        let mut records: Vec<(K, Arc<V>)> = records.into_iter().collect();
        if !records.is_sorted_by(|one, other| one.0 < other.0) {
            // The last of equal keys stays, as in a `BTreeMap`: sorting is stable, so they are turned round.
            records.reverse();
            records.sort_by(|one, other| one.0.cmp(&other.0));
            records.dedup_by(|behind, before| behind.0 == before.0);
        }
        let mut map = Self::default();
        map.set(records);
        map
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Records<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(records: T) -> Self {
        records.into_iter().map(|(key, value)| (key, Arc::new(value))).collect()
    }
}

impl<K: Ord, V> Index<&K> for Records<K, V> {
    type Output = V;

    /// # Panics
    ///
    /// If there is no record with this key, as with a `BTreeMap`.
    fn index(&self, key: &K) -> &V {
        self.get(key).expect("a record with this key")
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Records<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl<K: serde::Serialize, V: serde::Serialize> serde::Serialize for Records<K, V> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(feature = "serde")]
impl<'de, K, V> serde::Deserialize<'de> for Records<K, V>
where
    K: serde::Deserialize<'de> + Ord,
    V: serde::Deserialize<'de>,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let records = std::collections::BTreeMap::<K, V>::deserialize(deserializer)?;
        Ok(records.into_iter().collect())
    }
}
