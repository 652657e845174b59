//! The table of ratios and the targets, from the estimates of the last `cargo bench -p
//! worldport-benches`.

use std::io;

use worldport_benches::report::{Estimates, Table, Targets, criterion_home};

fn main() -> io::Result<()> {
    let estimates = Estimates::read(&criterion_home()?)?;
    println!("Nanoseconds a route in the fastest sample, and ratios of these.\n");
    print!("{}", Table(&estimates));
    if !estimates.is_empty() {
        print!("\n{}", Targets::judge(&estimates));
    }
    Ok(())
}
