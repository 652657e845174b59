//! Going through a map in the order of its keys.

use std::sync::Arc;

use super::Records;

impl<'a, K, V> IntoIterator for &'a Records<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K: Clone + Ord, V: Clone> IntoIterator for &'a mut Records<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<K: Clone + Ord, V: Clone> Records<K, V> {
    /// Each record with its key, in order of the keys, to change the records. What is shared with other maps
    /// is copied, changed or not.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut(self.0.as_mut().map(Arc::make_mut).unwrap_or_default().iter_mut())
    }

    /// The records in order of their keys, likewise.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }
}

/// The records of a map with their keys, to change the records.
#[derive(Debug)]
pub struct IterMut<'a, K, V>(std::slice::IterMut<'a, (K, Arc<V>)>);

impl<'a, K, V: Clone> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (&*key, Arc::make_mut(value)))
    }
}

/// The records of a map with their keys.
#[derive(Debug)]
pub struct Iter<'a, K, V>(std::slice::Iter<'a, (K, Arc<V>)>);

/// The keys of a map.
#[derive(Debug)]
pub struct Keys<'a, K, V>(Iter<'a, K, V>);

/// The records of a map.
#[derive(Debug)]
pub struct Values<'a, K, V>(Iter<'a, K, V>);

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn of(records: &'a [(K, Arc<V>)]) -> Self {
        Self(records.iter())
    }
}

impl<'a, K, V> Keys<'a, K, V> {
    pub(super) fn of(records: Iter<'a, K, V>) -> Self {
        Self(records)
    }
}

impl<'a, K, V> Values<'a, K, V> {
    pub(super) fn of(records: Iter<'a, K, V>) -> Self {
        Self(records)
    }
}

macro_rules! iterates {
    ($name:ident, $item:ty, $of:expr) => {
        impl<'a, K, V> Iterator for $name<'a, K, V> {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map($of)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<K, V> DoubleEndedIterator for $name<'_, K, V> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.next_back().map($of)
            }
        }

        impl<K, V> ExactSizeIterator for $name<'_, K, V> {}

        impl<K, V> Clone for $name<'_, K, V> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
    };
}

iterates!(Iter, (&'a K, &'a V), |(key, value)| (key, &**value));
iterates!(Keys, &'a K, |(key, _)| key);
iterates!(Values, &'a V, |(_, value)| value);
