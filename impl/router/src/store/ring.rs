//! Ring: a queue of small things, which grows by doubling and does not shrink.
//!
//! A route enters and leaves one. The standard deque would do but for its size: whether it is
//! inlined changes with what stands around it, and with it what a route costs.

use alloc::vec::Vec;

/// A queue, first in, first out.
#[derive(Clone, Debug)]
pub(crate) struct Ring<T> {
    /// As many as a power of two, or none.
    places: Vec<T>,
    /// How many were ever taken out. Both counts wrap around together.
    taken: usize,
    /// How many were ever put in.
    put: usize,
}

impl<T: Copy> Ring<T> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), taken: 0, put: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.put.wrapping_sub(self.taken)
    }

    #[inline(always)]
    pub(crate) fn push_back(&mut self, item: T) {
        if self.len() == self.places.len() {
            self.grow(item);
        }
        let place = self.place(self.put);
        self.places[place] = item;
        self.put = self.put.wrapping_add(1);
    }

    #[inline(always)]
    pub(crate) fn pop_front(&mut self) -> Option<T> {
        if self.taken == self.put {
            return None;
        }
        let item = self.places[self.place(self.taken)];
        self.taken = self.taken.wrapping_add(1);
        Some(item)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        (0..self.len()).map(|nth| self.places[self.place(self.taken.wrapping_add(nth))])
    }

    /// Where the one is that was put in as the `nth`.
    #[inline(always)]
    fn place(&self, nth: usize) -> usize {
        nth & self.places.len().wrapping_sub(1)
    }

    /// Doubles the places of a full ring. The new ones hold whatever, here the item to come.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, filler: T) {
        let first = self.place(self.taken);
        self.places.rotate_left(first);
        self.put = self.len();
        self.taken = 0;
        self.places.resize((2 * self.places.len()).max(4), filler);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::VecDeque;

    #[test]
    fn it_is_a_queue_wherever_it_begins_and_however_often_it_grows() {
        for lead in 0..20 {
            let (mut ring, mut queue) = (Ring::new(), VecDeque::new());
            for number in 0..lead {
                ring.push_back(number);
                assert_eq!(ring.pop_front(), Some(number));
            }
            for number in 0..100 {
                ring.push_back(number);
                queue.push_back(number);
                if number % 3 == 0 {
                    assert_eq!(ring.pop_front(), queue.pop_front());
                }
                assert!(ring.iter().eq(queue.iter().copied()));
                assert_eq!(ring.len(), queue.len());
            }
            while let Some(number) = queue.pop_front() {
                assert_eq!(ring.pop_front(), Some(number));
            }
            assert_eq!((ring.pop_front(), ring.len()), (None, 0));
        }
    }

    #[test]
    fn the_counts_may_wrap_around() {
        let last = || Ring { places: alloc::vec![0; 4], taken: usize::MAX, put: usize::MAX };
        let mut ring = last();
        for number in 0..10 {
            ring.push_back(number);
        }
        assert!(ring.iter().eq(0..10));
        let mut ring = last();
        for number in 0..10 {
            ring.push_back(number);
            assert_eq!((ring.len(), ring.pop_front()), (1, Some(number)));
        }
    }
}
