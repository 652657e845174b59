//! Payload: what a message is made of, with the number by which its receiver verifies the order.

use std::fmt::Debug;
use std::sync::Arc;

use worldport::Payload;

/// A payload that carries the number of its message, by which the receiver verifies the order.
pub trait Numbered: Payload + Debug + Send + Sync + 'static {
    /// Room for a payload in the queues of the [`Roofline`](crate::Roofline), which has nothing to
    /// spare: a payload that is copied leaves itself behind, one that owns something leaves a gap.
    type Place: Clone + Debug;

    /// The payload of the message with this number.
    fn numbered(number: u64) -> Self;

    /// The number that it carries.
    fn number(&self) -> u64;

    /// Puts it into its place.
    fn put(self) -> Self::Place;

    /// Takes it out of its place, once.
    fn take(place: &mut Self::Place) -> Self;
}

/// Makes no allocation, and is as large as the ids beside it.
impl Numbered for u64 {
    type Place = Self;

    #[inline]
    fn numbered(number: u64) -> Self {
        number
    }

    #[inline]
    fn number(&self) -> u64 {
        *self
    }

    #[inline]
    fn put(self) -> Self {
        self
    }

    #[inline]
    fn take(place: &mut Self) -> Self {
        *place
    }
}

/// Makes no allocation, and is as large as a small message that is kept in place.
impl Numbered for [u8; 24] {
    type Place = Self;

    #[inline]
    fn numbered(number: u64) -> Self {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes
    }

    #[inline]
    fn number(&self) -> u64 {
        leading(self)
    }

    #[inline]
    fn put(self) -> Self {
        self
    }

    #[inline]
    fn take(place: &mut Self) -> Self {
        *place
    }
}

/// A hundred bytes, which all receivers share: what a serialised message of a script is like. Each
/// is allocated by its sender and freed by its last receiver, whatever is between the two.
impl Numbered for Arc<[u8]> {
    type Place = Option<Self>;

    #[inline]
    fn numbered(number: u64) -> Self {
        let mut bytes = [0; 100];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Self::from(bytes)
    }

    #[inline]
    fn number(&self) -> u64 {
        leading(self)
    }

    #[inline]
    fn put(self) -> Option<Self> {
        Some(self)
    }

    #[inline]
    fn take(place: &mut Option<Self>) -> Self {
        place.take().expect("a payload is taken once")
    }
}

/// Allocates for each message, as a serialised payload does.
impl Numbered for Box<[u8]> {
    type Place = Option<Self>;

    fn numbered(number: u64) -> Self {
        Box::new(number.to_le_bytes())
    }

    fn number(&self) -> u64 {
        leading(self)
    }

    fn put(self) -> Option<Self> {
        Some(self)
    }

    fn take(place: &mut Option<Self>) -> Self {
        place.take().expect("a payload is taken once")
    }
}

/// The number in the first eight bytes; that of no message if there are fewer.
#[inline]
fn leading(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(u64::MAX, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travels<P: Numbered>(bytes: usize) {
        for number in [0, 1, 0x0102_0304_0506_0708] {
            let payload = P::numbered(number);
            assert_eq!((payload.number(), payload.bytes()), (number, bytes));
            assert_eq!(P::take(&mut payload.put()).number(), number);
        }
    }

    #[test]
    fn a_number_travels_in_every_payload() {
        travels::<u64>(8);
        travels::<[u8; 24]>(24);
        travels::<Arc<[u8]>>(100);
        travels::<Box<[u8]>>(8);
    }

    #[test]
    fn too_few_bytes_are_no_number() {
        assert_eq!(leading(&[0; 7]), u64::MAX);
    }
}
