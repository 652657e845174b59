//! Targets: what the router is to cost at most, as ratios within one run, and whether it does.
//!
//! Judged are the fastest samples; the ratio of the medians stands beside each.

use std::collections::BTreeMap;
use std::fmt;

use super::estimates::{Cell, Estimates};
use super::{ACTORS, CHURN, DEATH, FLOOD, QUEUES, ROOFLINE, ROUTE, ROUTER, THREADS, number};
use crate::instructions::{Counts, TOLERANCE};
use crate::load::{Content, Extent, Load};
use crate::{Pattern, peers};

/// At most so many times the roofline.
const ROOFLINES: f64 = 1.25;
/// The best of the channel peers takes more than so many times the router, by channels.
const PEERS: [(usize, f64); 4] = [(16, 1.0), (1_024, 1.5), (65_536, 5.0), (1_000_000, 1.0)];
/// With most channels at most so many times what it takes with fewest.
const FLAT: f64 = 3.0;
/// Connecting and disconnecting takes at most so many routes.
const ROUTES: f64 = 20.0;
/// Counts that are to be the same may differ by so much.
const SAME: f64 = 1.0 + TOLERANCE;
/// Two threads make at least so many times the routes of one.
const TWO: f64 = 1.9;
/// A route takes at most so many times as long beside a flood.
const FLOODED: f64 = 2.0;

/// Whether a target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// It is not a target, but belongs beside one.
    Noted,
    /// Something that it needs was not measured.
    Unknown,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Met => "met",
            Self::Missed => "MISSED",
            Self::Noted => "",
            Self::Unknown => "not measured",
        })
    }
}

/// One target, and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// What is to hold.
    pub target: String,
    /// The ratio that it is about.
    pub found: Option<Cell>,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// All targets that clocks can judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets(Vec<Judgement>);

/// Which side of the target is the good one.
#[derive(Clone, Copy)]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
    MoreThan(f64),
    Nothing,
}

impl Targets {
    /// Judges estimates.
    #[must_use]
    pub fn judge(estimates: &Estimates) -> Self {
        let mut targets = Self(Vec::new());
        let loads: BTreeMap<(Pattern, usize), Load> = Extent::Default
            .routes()
            .into_iter()
            .filter(|load| load.payload == Content::Number && load.is_usual())
            .map(|load| ((load.pattern, load.channels), load))
            .collect();
        let of = |way: &str, load: &Load| estimates.of(ROUTE, way, &load.to_string());
        let ratio = |a: Option<Cell>, b: Option<Cell>| a.zip(b).map(|(a, b)| a.over(b));

        for ((pattern, channels), load) in &loads {
            let found = ratio(of(ROUTER, load), of(ROOFLINE, load));
            let target = format!("{pattern}, {channels} channels: router to roofline");
            targets.add(target, found, Limit::AtMost(ROOFLINES));
        }
        for ((pattern, channels), load) in &loads {
            let best = QUEUES.iter().filter_map(|queue| of(queue, load));
            let best = best.min_by(|a, b| a.fastest.total_cmp(&b.fastest));
            let times =
                PEERS.iter().find(|(at, _)| at == channels).map_or(1.0, |(_, times)| *times);
            let limit = if times > 1.0 { Limit::AtLeast(times) } else { Limit::MoreThan(times) };
            let target = format!("{pattern}, {channels} channels: best channel peer to router");
            targets.add(target, ratio(best, of(ROUTER, load)), limit);
            if *channels <= peers::Actors::<u64>::MOST {
                let target = format!("{pattern}, {channels} channels: actors to router");
                let found = ratio(of(ACTORS, load), of(ROUTER, load));
                targets.add(target, found, Limit::MoreThan(1.0));
            }
        }
        for pattern in Pattern::ALL {
            let mut sizes = loads.iter().filter(|((of, _), _)| *of == pattern);
            let Some(((&(_, few), fewest), (&(_, many), most))) =
                sizes.next().zip(sizes.next_back())
            else {
                continue;
            };
            for (way, limit) in [(ROUTER, Limit::AtMost(FLAT)), (ROOFLINE, Limit::Nothing)] {
                let target = format!("{pattern}: {way} with {many} channels to that with {few}");
                targets.add(target, ratio(of(way, most), of(way, fewest)), limit);
            }
        }
        for &channels in Extent::Default.channels() {
            let route =
                loads.get(&(Pattern::RoundRobin, channels)).and_then(|load| of(ROUTER, load));
            let churn = estimates.of(CHURN, ROUTER, &channels.to_string());
            let target = format!("{channels} channels: connect and disconnect, in routes");
            targets.add(target, ratio(churn, route), Limit::AtMost(ROUTES));
        }
        let [few, many] = [1_024, 1_000_000].map(|open: usize| open.to_string());
        for owned in ["1", "1000"] {
            let [few_took, many_took] = [&few, &many].map(|open| estimates.of(DEATH, owned, open));
            let target = format!(
                "death of a context with {owned} ports: a port among {many} to one among {few}"
            );
            targets.add(target, ratio(many_took, few_took), Limit::Nothing);
        }
        let [one, two] = ["1", "2"].map(|threads| estimates.of(THREADS, "shards", threads));
        targets.add("two threads to one, routes".into(), ratio(one, two), Limit::AtLeast(TWO));
        // What two processors that are free would give.
        let [one, two] =
            ["1", "2"].map(|threads| estimates.of(THREADS, "shards, processor", threads));
        let target = "two threads to one, routes in processor time".into();
        targets.add(target, ratio(one, two), Limit::AtLeast(TWO));
        let [quiet, flooded] = ["quiet", "flooded"].map(|world| estimates.of(FLOOD, ROUTER, world));
        let found = ratio(flooded, quiet);
        targets.add("a route beside a flood to one without".into(), found, Limit::AtMost(FLOODED));
        targets
    }

    /// Judges the counts of a table too: what follows from them holds wherever they are counted.
    #[must_use]
    pub fn with_counts(mut self, counts: &Counts) -> Self {
        let of = |subject: &str| counts.rows.get(subject).copied();
        let ratio = |a: Option<f64>, b: Option<f64>| {
            let ratio = a? / b?;
            Some(Cell { median: ratio, fastest: ratio })
        };
        let load = "1024/round-robin/u64/1/1";
        let [router, roofline, shards] =
            [ROUTER, ROOFLINE, "shards"].map(|way| of(&format!("{way} {load}")));
        let target = "instructions: router to roofline".into();
        self.add(target, ratio(router, roofline), Limit::Nothing);
        let target = "instructions: a route in a shard, with its two locks, to one without".into();
        self.add(target, ratio(shards, router), Limit::Nothing);
        let target = "instructions: connect and disconnect, in routes".into();
        self.add(target, ratio(of("churn 1024"), router), Limit::AtMost(ROUTES));
        for ports in ["1", "1000"] {
            let [few, many] = ["1024", "65536"].map(|open| of(&format!("{DEATH} {ports}/{open}")));
            let target = format!(
                "instructions: death of a context with {ports} ports among 65536 to among 1024"
            );
            self.add(target, ratio(many, few), Limit::AtMost(SAME));
        }
        let [one, thousand] = ["1", "1000"].map(|ports| of(&format!("{DEATH} {ports}/1024")));
        let target = "instructions: death with 1000 ports to 1000 times that with 1".into();
        let thousandfold = one.map(|one| one * 1_000.0);
        self.add(target, ratio(thousand, thousandfold), Limit::AtMost(SAME));
        self
    }

    /// The judgements, in order.
    #[must_use]
    pub fn judgements(&self) -> &[Judgement] {
        &self.0
    }

    fn add(&mut self, target: String, found: Option<Cell>, limit: Limit) {
        let (wanted, holds): (String, fn(f64, f64) -> bool) = match limit {
            Limit::AtLeast(times) => (format!(" ≥ {times}"), |found, times| found >= times),
            Limit::AtMost(times) => (format!(" ≤ {times}"), |found, times| found <= times),
            Limit::MoreThan(times) => (format!(" > {times}"), |found, times| found > times),
            Limit::Nothing => (String::new(), |_, _| true),
        };
        let verdict = match (found, limit) {
            (None, _) => Verdict::Unknown,
            (Some(_), Limit::Nothing) => Verdict::Noted,
            (Some(cell), Limit::AtLeast(times) | Limit::AtMost(times) | Limit::MoreThan(times)) => {
                if holds(cell.fastest, times) {
                    Verdict::Met
                } else {
                    Verdict::Missed
                }
            }
        };
        self.0.push(Judgement { target: target + &wanted, found, verdict });
    }
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| target | ratio | of medians | |\n|---|---:|---:|---|")?;
        for Judgement { target, found, verdict } in &self.0 {
            let fastest = number(found.map(|cell| cell.fastest), 2);
            let median = number(found.map(|cell| cell.median), 2);
            writeln!(f, "| {target} | {fastest} | {median} | {verdict} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::estimates::tests::enter;
    use super::*;

    fn verdict(estimates: &Estimates, target: &str) -> Verdict {
        let targets = Targets::judge(estimates);
        let found = targets.judgements().iter().find(|judgement| judgement.target == target);
        found.unwrap_or_else(|| panic!("no target {target:?} in\n{targets}")).verdict
    }

    #[test]
    fn each_target_is_met_on_one_side_of_its_limit_and_missed_on_the_other() {
        let number = "1024/round-robin/u64/1/1";
        let cases = [
            (
                "round-robin, 1024 channels: router to roofline ≤ 1.25",
                [ROUTE, ROOFLINE, number],
                8.0,
                7.9,
            ),
            (
                "round-robin, 1024 channels: best channel peer to router ≥ 1.5",
                [ROUTE, "std", number],
                15.0,
                14.9,
            ),
            (
                "round-robin, 1024 channels: actors to router > 1",
                [ROUTE, ACTORS, number],
                10.1,
                10.0,
            ),
            (
                "1024 channels: connect and disconnect, in routes ≤ 20",
                [CHURN, ROUTER, "1024"],
                200.0,
                201.0,
            ),
        ];
        for (target, other, met, missed) in cases {
            for (nanoseconds, expected) in [(met, Verdict::Met), (missed, Verdict::Missed)] {
                let mut estimates = Estimates::default();
                enter(&mut estimates, [ROUTE, ROUTER, number], 10.0);
                assert_eq!(verdict(&estimates, target), Verdict::Unknown);
                enter(&mut estimates, other, nanoseconds);
                assert_eq!(verdict(&estimates, target), expected, "{target}");
            }
        }
    }

    #[test]
    fn size_threads_and_floods_are_judged() {
        let cases = [
            (
                "hot: router with 1000000 channels to that with 16 ≤ 3",
                [ROUTE, ROUTER, "16/hot/u64/1/1"],
                [ROUTE, ROUTER, "1000000/hot/u64/1/1"],
                [30.0, 30.1],
            ),
            (
                "two threads to one, routes ≥ 1.9",
                [THREADS, "shards", "1"],
                [THREADS, "shards", "2"],
                [5.2, 5.3],
            ),
            (
                "a route beside a flood to one without ≤ 2",
                [FLOOD, ROUTER, "quiet"],
                [FLOOD, ROUTER, "flooded"],
                [20.0, 20.1],
            ),
        ];
        for (target, one, other, [met, missed]) in cases {
            for (nanoseconds, expected) in [(met, Verdict::Met), (missed, Verdict::Missed)] {
                let mut estimates = Estimates::default();
                enter(&mut estimates, one, 10.0);
                enter(&mut estimates, other, nanoseconds);
                assert_eq!(verdict(&estimates, target), expected, "{target}");
            }
        }
    }

    #[test]
    fn a_death_that_costs_more_among_more_is_noticed() {
        let target =
            "instructions: death of a context with 1 ports among 65536 to among 1024 ≤ 1.05";
        for (among_many, expected) in [(1_050.0, Verdict::Met), (1_051.0, Verdict::Missed)] {
            let rows = [("death 1/1024", 1_000.0), ("death 1/65536", among_many)];
            let rows = rows.map(|(subject, count)| (subject.to_owned(), count)).into();
            let counts = Counts { compiler: String::new(), rows };
            let targets = Targets(Vec::new()).with_counts(&counts);
            let found = targets.judgements().iter().find(|judgement| judgement.target == target);
            assert_eq!(found.map(|judgement| judgement.verdict), Some(expected));
        }
    }

    /// The best peer is the one that the router has to beat.
    #[test]
    fn the_best_peer_counts() {
        let load = "65536/hot/u64/1/1";
        let mut estimates = Estimates::default();
        enter(&mut estimates, [ROUTE, ROUTER, load], 10.0);
        for (queue, nanoseconds) in QUEUES.into_iter().zip([60.0, 70.0, 49.0, 80.0, 90.0]) {
            enter(&mut estimates, [ROUTE, queue, load], nanoseconds);
        }
        let target = "hot, 65536 channels: best channel peer to router ≥ 5";
        assert_eq!(verdict(&estimates, target), Verdict::Missed);
    }
}
