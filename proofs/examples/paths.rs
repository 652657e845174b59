//! Holds every recording of both browsers to the model, and prints what comes of it: which are accepted, and
//! how many decide each rule. Compares it with the report that is kept; with `--write`, becomes it.

use std::process::ExitCode;

use worldport_model::Profile;
use worldport_proofs::paths::report::{self, Report};
use worldport_proofs::paths::{Search, recordings, replacements};

fn main() -> ExitCode {
    let write = std::env::args().any(|it| it == "--write");
    let recordings = match recordings(&report::browsers()) {
        Ok(recordings) => recordings,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let found = Report::of(&recordings);
    for row in &found.rows {
        if let Some(why) = &row.why {
            println!("{} is not accepted: {why}", row.recording);
        }
    }
    for browser in [Profile::Chromium, Profile::Firefox] {
        let rows: Vec<_> = found.of_browser(browser).collect();
        let by = |search| rows.iter().filter(|row| row.search == Some(search)).count();
        println!(
            "{}: {} recordings, {} accepted with every step settled, {} interleaved, {} late",
            browser.name(),
            rows.len(),
            by(Search::Settled),
            by(Search::Interleaved),
            by(Search::Late),
        );
        let mut names: Vec<_> = replacements(browser.rules()).iter().map(|it| it.rule).collect();
        names.dedup();
        for rule in names {
            println!("  {rule} is decided by {}", found.deciding(browser, rule).len());
        }
    }
    let result = match write {
        true => found.text().map_err(|error| error.to_string()).and_then(|text| {
            std::fs::write(report::path(), text).map_err(|error| error.to_string())
        }),
        false => report::read().and_then(|kept| match kept == found {
            true => Ok(()),
            false => {
                Err(format!("the report that is kept differs; `{}` writes it", report::COMMAND))
            }
        }),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
