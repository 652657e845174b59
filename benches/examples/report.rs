//! The table of ratios: what a route costs in the router and in the roofline, from the estimates of
//! the last `cargo bench -p worldport-benches --bench route`.

use std::io;

use worldport_benches::report::{Report, criterion_home};

fn main() -> io::Result<()> {
    print!("{}", Report::read(&criterion_home()?)?);
    Ok(())
}
