//! A part of the states that have been found: those whose hash falls into it.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::packing::{number, read_number};

/// Bytes are kept in pieces, so that room for more copies nothing.
const PIECE: usize = 1 << 16;

/// States as bytes, each once, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Shard {
    pieces: Vec<Vec<u8>>,
    /// Where each state begins; compared by what is there.
    table: HashTable<u32>,
    /// Where the states of the level that is being found begin.
    level: u32,
    /// Bytes in use.
    bytes: usize,
}

/// The hash of a state as bytes.
pub(super) fn hash(state: &[u8]) -> u64 {
    FxBuildHasher.hash_one(state)
}

/// The state that begins at a place.
fn at(pieces: &[Vec<u8>], place: u32) -> &[u8] {
    let place = place as usize;
    let mut bytes = pieces.get(place / PIECE).and_then(|it| it.get(place % PIECE..));
    let bytes = bytes.get_or_insert_default();
    let length = read_number(bytes) as usize;
    bytes.get(..length).unwrap_or_default()
}

impl Shard {
    /// Puts a state in; whether it is new.
    pub(super) fn insert(&mut self, hash_of_it: u64, state: &[u8]) -> bool {
        let Self { pieces, table, .. } = self;
        if table.find(hash_of_it, |&place| at(pieces, place) == state).is_some() {
            return false;
        }
        let place = self.append(state);
        let Self { pieces, table, .. } = self;
        table.insert_unique(hash_of_it, place, |&place| hash(at(pieces, place)));
        true
    }

    fn append(&mut self, state: &[u8]) -> u32 {
        // The length takes at most five bytes.
        let fits = |piece: &Vec<u8>| piece.len() + 5 + state.len() <= PIECE;
        if !self.pieces.last().is_some_and(fits) {
            assert!(state.len() + 5 <= PIECE, "a state is larger than a piece");
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let place = self.end();
        let length = u32::try_from(state.len()).unwrap_or(u32::MAX);
        if let Some(piece) = self.pieces.last_mut() {
            let before = piece.len();
            number(length, piece);
            piece.extend_from_slice(state);
            self.bytes += piece.len() - before;
        }
        place
    }

    /// The place behind the last state.
    fn end(&self) -> u32 {
        let last = self.pieces.len().saturating_sub(1);
        let place = last * PIECE + self.pieces.last().map_or(0, Vec::len);
        u32::try_from(place).unwrap_or_else(|_| panic!("a shard is full"))
    }

    /// Begins a new level; where the last one begins, for [`Shard::copy`].
    pub(super) fn turn(&mut self) -> (u32, u32) {
        let end = self.end();
        let from = std::mem::replace(&mut self.level, end);
        (from, self.level)
    }

    /// Copies a level, as numbers of bytes with the bytes behind each.
    pub(super) fn copy(&self, (from, to): (u32, u32), into: &mut Vec<u8>) {
        let (from, to) = (from as usize, to as usize);
        for piece in from / PIECE..to.div_ceil(PIECE) {
            let bytes = &self.pieces[piece];
            let begin = from.saturating_sub(piece * PIECE);
            let end = (to - piece * PIECE).min(bytes.len());
            into.extend_from_slice(bytes.get(begin..end).unwrap_or_default());
        }
    }

    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Bytes of the states and of the table that finds them.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.table.allocation_size()
    }
}
