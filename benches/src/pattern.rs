//! Pattern: on which channel the next route is.
//!
//! All patterns are walks with a constant step, so that choosing a channel costs an addition and
//! the same for each of them.

use std::fmt;

/// In which order channels have their turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Always the same channel: every record is in the nearest cache.
    Hot,
    /// One after the other in the order of connecting, which is that of the records in memory.
    RoundRobin,
    /// Each once a lap, far from the one before: what caches and prefetchers can help least.
    Scattered,
}

impl Pattern {
    /// All patterns.
    pub const ALL: [Self; 3] = [Self::Hot, Self::RoundRobin, Self::Scattered];

    /// The pattern that is displayed as `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pattern| pattern.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::RoundRobin => "round-robin",
            Self::Scattered => "scattered",
        }
    }

    fn step(self, channels: usize) -> usize {
        match self {
            Self::Hot => 0,
            Self::RoundRobin => 1 % channels,
            // The golden section spreads best; a step without common divisor visits every channel.
            Self::Scattered => (0..=channels * 618 / 1000)
                .rev()
                .find(|&step| greatest_common_divisor(step, channels) == 1)
                .unwrap_or(0),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

const fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// An endless walk through channels.
#[derive(Clone, Debug)]
pub struct Walk {
    channels: usize,
    turn: usize,
    step: usize,
}

impl Walk {
    /// A walk that begins at channel 0.
    ///
    /// # Panics
    ///
    /// If there is no channel.
    #[must_use]
    pub fn new(pattern: Pattern, channels: usize) -> Self {
        assert!(channels > 0, "a walk needs a channel");
        Self { channels, turn: 0, step: pattern.step(channels) }
    }

    /// The channel of the next route.
    #[inline]
    pub fn turn(&mut self) -> usize {
        let turn = self.turn;
        self.turn += self.step;
        if self.turn >= self.channels {
            self.turn -= self.channels;
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_lap_visits_every_channel_once_unless_it_is_hot() {
        for channels in [1, 2, 16, 1_000, 1_024] {
            for (pattern, visited) in
                [(Pattern::Hot, 1), (Pattern::RoundRobin, channels), (Pattern::Scattered, channels)]
            {
                let mut walk = Walk::new(pattern, channels);
                let lap: BTreeSet<usize> = (0..channels).map(|_| walk.turn()).collect();
                assert_eq!(lap.len(), visited, "{pattern} over {channels}");
                assert_eq!(walk.turn(), 0, "{pattern} over {channels}");
            }
        }
    }

    #[test]
    fn a_pattern_is_found_by_its_name() {
        for pattern in Pattern::ALL {
            assert_eq!(Pattern::named(&pattern.to_string()), Some(pattern));
        }
        assert_eq!(Pattern::named("sideways"), None);
    }
}
