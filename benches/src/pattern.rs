//! Pattern: on which channel the next message is.
//!
//! Choosing a channel must cost the same for every way and next to nothing: most patterns are walks
//! with a constant step, and the one that is drawn by lot was drawn before.

use std::fmt;

/// How many lots are drawn before a walk by lot begins anew.
const LOTS: usize = 1 << 20;

/// By how much the popularity of channels falls: that of the k-th is k to the power of minus this.
const SKEW: f64 = 0.99;

/// In which order channels have their turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Always the same channel: every record is in the nearest cache.
    Hot,
    /// One after the other in the order of connecting, which is that of the records in memory.
    RoundRobin,
    /// Each once a lap, far from the one before: what caches and prefetchers can help least.
    Scattered,
    /// By lot, some much more often than others (Zipf's law with exponent 0.99), the popular ones
    /// far apart.
    Zipf,
    /// As round-robin, but the messages of a burst are of as many channels: many send before the
    /// one receiver of all takes anything.
    AllToOne,
}

impl Pattern {
    /// All patterns.
    pub const ALL: [Self; 5] =
        [Self::Hot, Self::RoundRobin, Self::Scattered, Self::Zipf, Self::AllToOne];

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
            Self::Zipf => "zipf",
            Self::AllToOne => "all-to-one",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An endless walk through channels.
#[derive(Clone, Debug)]
pub struct Walk {
    turn: usize,
    course: Course,
    /// Whether each message of a burst has a channel of its own.
    spread: bool,
}

#[derive(Clone, Debug)]
enum Course {
    /// The channels in the order of the lots.
    Drawn(Box<[u32]>),
    Steps {
        channels: usize,
        step: usize,
    },
}

impl Walk {
    /// A walk from the beginning.
    ///
    /// # Panics
    ///
    /// If there is no channel.
    #[must_use]
    pub fn new(pattern: Pattern, channels: usize) -> Self {
        assert!(channels > 0, "a walk needs a channel");
        let course = match pattern {
            Pattern::Hot => Course::Steps { channels, step: 0 },
            Pattern::AllToOne | Pattern::RoundRobin => {
                Course::Steps { channels, step: 1 % channels }
            }
            Pattern::Scattered => Course::Steps { channels, step: stride(channels) },
            Pattern::Zipf => Course::Drawn(draw(channels)),
        };
        Self { turn: 0, course, spread: pattern == Pattern::AllToOne }
    }

    /// The channel of the next turn.
    #[inline]
    pub fn turn(&mut self) -> usize {
        let turn = self.turn;
        match &self.course {
            Course::Drawn(lots) => {
                self.turn = (turn + 1) & (LOTS - 1);
                lots[turn] as usize
            }
            Course::Steps { channels, step } => {
                self.turn += step;
                if self.turn >= *channels {
                    self.turn -= channels;
                }
                turn
            }
        }
    }

    /// The channels of the next burst, which is a turn unless the pattern spreads bursts.
    #[inline(always)]
    pub fn burst(&mut self, messages: usize, mut post: impl FnMut(usize)) {
        let mut channel = self.turn();
        for message in 0..messages {
            if message > 0 && self.spread {
                channel = self.turn();
            }
            post(channel);
        }
    }
}

/// The golden section spreads best; a step without common divisor visits every channel.
fn stride(channels: usize) -> usize {
    let mut steps = (0..=channels * 618 / 1000).rev();
    steps.find(|&step| greatest_common_divisor(step, channels) == 1).unwrap_or(0)
}

const fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Draws lots, the same ones at every call.
fn draw(channels: usize) -> Box<[u32]> {
    let mut total = 0.0;
    // How likely it is that a lot is of this rank or a more popular one, times `total`.
    let up_to: Vec<f64> = (1..=channels)
        .map(|rank| {
            total += (rank as f64).powf(-SKEW);
            total
        })
        .collect();
    let stride = stride(channels);
    let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
    (0..LOTS)
        .map(|_| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let lot = (dice >> 11) as f64 / (1_u64 << 53) as f64 * total;
            let rank = up_to.partition_point(|&sum| sum <= lot).min(channels - 1);
            (rank * stride % channels) as u32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_lap_visits_every_channel_once_unless_it_is_hot_or_by_lot() {
        for channels in [1, 2, 16, 1_000, 1_024] {
            for (pattern, visited) in [
                (Pattern::Hot, 1),
                (Pattern::RoundRobin, channels),
                (Pattern::Scattered, channels),
                (Pattern::AllToOne, channels),
            ] {
                let mut walk = Walk::new(pattern, channels);
                let lap: BTreeSet<usize> = (0..channels).map(|_| walk.turn()).collect();
                assert_eq!(lap.len(), visited, "{pattern} over {channels}");
                assert_eq!(walk.turn(), 0, "{pattern} over {channels}");
            }
        }
    }

    #[test]
    fn lots_fall_as_zipf_says() {
        let channels = 1_000;
        let mut drawn = vec![0.0; channels];
        let mut walk = Walk::new(Pattern::Zipf, channels);
        (0..LOTS).for_each(|_| drawn[walk.turn()] += 1.0);
        drawn.sort_by(|a: &f64, b| b.total_cmp(a));
        let harmonic: f64 = (1..=channels).map(|rank| (rank as f64).powf(-SKEW)).sum();
        for rank in [1_usize, 2, 10, 100] {
            let expected = LOTS as f64 / harmonic * (rank as f64).powf(-SKEW);
            let ratio = drawn[rank - 1] / expected;
            assert!((0.9..1.1).contains(&ratio), "rank {rank}: {ratio} of what is expected");
        }
    }

    #[test]
    fn only_all_to_one_spreads_a_burst() {
        for pattern in Pattern::ALL {
            let mut channels = Vec::new();
            Walk::new(pattern, 100).burst(3, |channel| channels.push(channel));
            assert_eq!(channels.len(), 3);
            assert_eq!(channels == [0, 1, 2], pattern == Pattern::AllToOne);
            assert_eq!(channels[0] == channels[2], pattern != Pattern::AllToOne);
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
