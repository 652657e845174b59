//! Load: what ways are measured under, and which loads are measured by default.
//!
//! All combinations are over a thousand with all the peers. So the default varies one thing at a
//! time, except that every pattern meets every number of channels; `WORLDPORT_BENCH=all` measures them
//! all. A benchmark that is only to be seen to run (`cargo bench -- --test`) gets few channels, because
//! opening a million takes longer than everything else.

use std::env;
use std::fmt;
use std::str::FromStr;

use crate::Pattern;

/// How many channels are open.
pub const CHANNELS: [usize; 4] = [16, 1_024, 65_536, 1_000_000];

/// How many messages are posted before any is received.
pub const BURSTS: [usize; 3] = [1, 16, 256];

/// The variable that chooses between some combinations and all.
pub const VARIABLE: &str = "WORLDPORT_BENCH";

/// The burst of the pattern that needs one: of single messages it would be round-robin.
const SPREAD: usize = 16;

/// Where one thing is varied at a time.
const USUAL: Load = Load {
    channels: 1_024,
    pattern: Pattern::RoundRobin,
    payload: Content::Number,
    burst: 1,
    receivers: 1,
};

/// Of what type a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// `u64`.
    Number,
    /// `[u8; 24]`.
    Inline,
    /// `Arc<[u8]>` of 100 bytes, allocated for each message.
    Shared,
}

impl Content {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Number, Self::Inline, Self::Shared];

    const fn name(self) -> &'static str {
        match self {
            Self::Number => "u64",
            Self::Inline => "inline24",
            Self::Shared => "arc100",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a way has to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load {
    /// Channels that are open.
    pub channels: usize,
    /// In which order they have their turns.
    pub pattern: Pattern,
    /// What a message is made of.
    pub payload: Content,
    /// Messages that are posted before any is received.
    pub burst: usize,
    /// Receivers of each message.
    pub receivers: usize,
}

/// Displayed as `1024/round-robin/u64/1/1`: channels, pattern, payload, burst, receivers.
impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, pattern, payload, burst, receivers } = self;
        write!(f, "{channels}/{pattern}/{payload}/{burst}/{receivers}")
    }
}

impl FromStr for Load {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let parts: Vec<&str> = text.split('/').collect();
            let [channels, pattern, payload, burst, receivers] = parts[..] else { return None };
            Some(Self {
                channels: positive(channels)?,
                pattern: Pattern::named(pattern)?,
                payload: Content::ALL.into_iter().find(|content| content.name() == payload)?,
                burst: positive(burst)?,
                receivers: positive(receivers)?,
            })
        };
        parse().ok_or_else(|| format!("no load {text:?}: write one as {USUAL}"))
    }
}

fn positive(text: &str) -> Option<usize> {
    text.parse().ok().filter(|&number| number > 0)
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every combination.
    All,
    /// What is measured by default.
    Default,
    /// Few channels: it is only to be seen that the benchmarks run.
    Test,
}

impl Extent {
    /// What this program was started for.
    ///
    /// # Panics
    ///
    /// If the variable asks for what there is not: measuring something else would mislead.
    #[must_use]
    pub fn of_this_run() -> Self {
        // Cargo says `--bench` to a benchmark that is to measure; without it, it is a test.
        let arguments: Vec<String> = env::args().collect();
        let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
        if has("--test") || !has("--bench") {
            return Self::Test;
        }
        match env::var(VARIABLE).as_deref() {
            Err(_) | Ok("") => Self::Default,
            Ok("all") => Self::All,
            Ok(other) => panic!("{VARIABLE} is {other:?}, and can only be \"all\""),
        }
    }

    /// How many channels may be open.
    #[must_use]
    pub fn channels(self) -> &'static [usize] {
        match self {
            Self::All | Self::Default => &CHANNELS,
            Self::Test => &CHANNELS[..2],
        }
    }

    /// The loads of all ways: with one receiver.
    #[must_use]
    pub fn routes(self) -> Vec<Load> {
        let mut loads: Vec<Load> = self
            .everything()
            .filter(|load| {
                // What is varied beside channels and pattern.
                let others = [load.payload != USUAL.payload, !load.is_usual()];
                match self {
                    Self::All => true,
                    _ if others == [false; 2] => true,
                    _ => {
                        let alike =
                            load.channels == USUAL.channels && load.pattern == USUAL.pattern;
                        alike && others != [true; 2]
                    }
                }
            })
            .collect();
        loads.sort_by_key(|load| (load.channels, load.payload));
        loads
    }

    /// The loads of the router alone, with several receivers: only it has such channels.
    #[must_use]
    pub fn fan_outs(self) -> Vec<Load> {
        let several = |&channels: &usize| Load { channels, receivers: 4, ..USUAL };
        self.channels().iter().map(several).collect()
    }

    fn everything(self) -> impl Iterator<Item = Load> {
        self.channels().iter().flat_map(|&channels| {
            Content::ALL.into_iter().flat_map(move |payload| {
                Pattern::ALL.into_iter().flat_map(move |pattern| {
                    BURSTS.into_iter().filter_map(move |burst| {
                        let load = Load { channels, pattern, payload, burst, receivers: 1 };
                        (burst >= load.usual_burst()).then_some(load)
                    })
                })
            })
        })
    }
}

impl Load {
    /// Whether its burst is the usual one of its pattern.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        self.burst == self.usual_burst()
    }

    /// The burst of this pattern where bursts are not what is varied.
    const fn usual_burst(&self) -> usize {
        match self.pattern {
            Pattern::AllToOne => SPREAD,
            _ => USUAL.burst,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_load_is_read_as_it_is_written() {
        for load in Extent::All.routes().into_iter().chain(Extent::Default.fan_outs()) {
            assert_eq!(load.to_string().parse(), Ok(load));
        }
        for wrong in ["", "16/hot", "0/hot/u64/1/1", "16/cold/u64/1/1", "16/hot/u64/1/1/1"] {
            assert!(wrong.parse::<Load>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_is_every_combination_once() {
        let loads = Extent::All.routes();
        let distinct: BTreeSet<Load> = loads.iter().copied().collect();
        assert_eq!(loads.len(), distinct.len());
        // All-to-one has no bursts of one.
        assert_eq!(loads.len(), 4 * 3 * (4 * 3 + 2));
    }

    #[test]
    fn the_default_varies_one_thing_at_a_time() {
        let loads = Extent::Default.routes();
        for channels in CHANNELS {
            for pattern in Pattern::ALL {
                let any = |load: &Load| load.channels == channels && load.pattern == pattern;
                assert!(loads.iter().any(any), "{pattern} over {channels}");
            }
        }
        // Two other payloads and two other bursts.
        assert_eq!(loads.len(), 4 * 5 + 2 + 2);
        assert!(Extent::Test.routes().iter().all(|load| load.channels <= 1_024));
    }
}
