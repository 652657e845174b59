//! Table: nanoseconds a route, by load and way.

use std::collections::BTreeSet;
use std::fmt;

use super::estimates::{Cell, Estimates};
use super::{ACTORS, COMMAND, FAN_OUT, QUEUES, ROOFLINE, ROUTE, ROUTER, number};
use crate::load::Load;

/// Displays estimates as a table in Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a>(pub &'a Estimates);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ways: Vec<&str> =
            [ROUTER, ROOFLINE].into_iter().chain(QUEUES).chain([ACTORS]).collect();
        let mut loads = BTreeSet::new();
        for group in [ROUTE, FAN_OUT] {
            let values = self.0.within(group).filter_map(|(_, value)| value.parse::<Load>().ok());
            loads.extend(values.map(|load| (group, load)));
        }
        if loads.is_empty() {
            return writeln!(f, "no estimates yet: `{COMMAND}` makes them");
        }
        write!(f, "| channels | pattern | payload | burst | receivers |")?;
        ways.iter().try_for_each(|way| write!(f, " {way} |"))?;
        writeln!(f, " ÷ roofline | best peer ÷ router |")?;
        write!(f, "|---:|---|---|---:|---:|")?;
        ways.iter().try_for_each(|_| write!(f, "---:|"))?;
        writeln!(f, "---:|---:|")?;
        for &(group, load) in loads.iter().filter(|(group, _)| *group == ROUTE) {
            self.row(f, group, &load, &ways)?;
        }
        for &(group, load) in loads.iter().filter(|(group, _)| *group == FAN_OUT) {
            self.row(f, group, &load, &ways)?;
        }
        Ok(())
    }
}

impl Table<'_> {
    fn row(
        &self,
        f: &mut fmt::Formatter<'_>,
        group: &str,
        load: &Load,
        ways: &[&str],
    ) -> fmt::Result {
        let cell = |way: &str| self.0.of(group, way, &load.to_string());
        let Load { channels, pattern, payload, burst, receivers } = load;
        write!(f, "| {channels} | {pattern} | {payload} | {burst} | {receivers} |")?;
        for way in ways {
            write!(f, " {} |", number(cell(way).map(|cell| cell.fastest), 1))?;
        }
        let router = cell(ROUTER);
        let roofline = router.zip(cell(ROOFLINE)).map(|(router, roofline)| router.over(roofline));
        let peers = QUEUES.iter().filter_map(|queue| cell(queue));
        let peers = peers.filter_map(|peer| Some(peer.over(router?)));
        let best = peers.min_by(|a: &Cell, b| a.fastest.total_cmp(&b.fastest));
        let fastest = |cell: Option<Cell>| number(cell.map(|cell| cell.fastest), 2);
        writeln!(f, " {} | {} |", fastest(roofline), fastest(best))
    }
}

#[cfg(test)]
mod tests {
    use super::super::estimates::tests::enter;
    use super::*;

    #[test]
    fn a_row_has_all_ways_and_their_ratios() {
        let mut estimates = Estimates::default();
        let load = "1024/hot/u64/1/1";
        for (way, median) in [(ROUTER, 60.0), (ROOFLINE, 40.0), ("kanal", 120.0), ("std", 90.0)] {
            enter(&mut estimates, [ROUTE, way, load], median);
        }
        enter(&mut estimates, [FAN_OUT, ROUTER, "16/hot/u64/1/4"], 200.0);
        enter(&mut estimates, [ROUTE, ROUTER, "16/zipf/u64/1/1"], 60.0);
        let table = Table(&estimates).to_string();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| 16 | zipf | u64 | 1 | 1 | 30.0 | - | - | - | - | - | - | - | - | - |",
                "| 1024 | hot | u64 | 1 | 1 | 30.0 | 20.0 | - | - | 60.0 | 45.0 | - | - | 1.50 | \
                 1.50 |",
                "| 16 | hot | u64 | 1 | 4 | 100.0 | - | - | - | - | - | - | - | - | - |",
            ]
        );
    }

    #[test]
    fn without_estimates_the_command_is_named() {
        let report = Table(&Estimates::default()).to_string();
        assert!(report.contains(COMMAND), "{report}");
    }
}
