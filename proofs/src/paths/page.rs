//! `docs/src/recordings.md`: what holding every recording to the model comes to, rendered from the report.

use std::collections::{BTreeMap, BTreeSet};

use worldport_model::Profile;

use super::report::{COMMAND, Listed, Report, Row};
use super::{Outside, Search, replacements};
use crate::docs::{begin, line, write};

/// The browsers that were recorded.
const BROWSERS: [Profile; 2] = [Profile::Chromium, Profile::Firefox];

/// Why no recording of a browser decides a rule.
pub const UNDECIDED: [(Profile, &str, &str); 6] = [
    (
        Profile::Chromium,
        "failed_connect",
        "The opener's port is closed, and its listeners are gone with it: nobody would be told either way.",
    ),
    (Profile::Chromium, "held", HELD),
    (Profile::Chromium, "payload_codec", CODEC),
    (Profile::Firefox, "held", HELD),
    (Profile::Firefox, "payload_codec", CODEC),
    (
        Profile::Firefox,
        "world_overflow",
        "It has no limit of worlds in a document, so that none is ever one too many.",
    ),
];

const HELD: &str = "The choices differ in the order between channels, or between receivers. The model promises \
                    order only within one channel and direction, so either choice has a path for what was seen.";
const CODEC: &str = "The model sees no contents. `worldport conform` holds them to the recordings.";

/// The page.
#[must_use]
pub fn recordings_page(report: &Report, listed: &[Listed]) -> String {
    let mut page = begin("Recordings as paths of the model");
    page.push_str(
        "`worldport conform` holds the host to the recordings of the browsers, with router and model beside \
         it. This page is about the model alone. The calls of a scenario are read as steps of the model; what \
         the scheduler and the browser do between them is sought, depth first, until every context has \
         noticed what the recording shows of it, in that order, and nothing else. Neither host nor router has \
         a part in it. A recording for which there is such a path, unbroken from the installation of the \
         extension to the last step, is *accepted*.\n\n\
         Compared are connect, message and disconnect events with the listener, the port, the sender's \
         document, frame and (where the browser tells it) world, the message, and where an error is shown; \
         calls that return, and calls that throw by the reason of the refusal; truth values of `hasListener`; \
         how promises settle; which worlds start with messaging; whether the background runs; which contexts \
         an order does not reach.\n\n",
    );
    write(
        &mut page,
        format_args!(
            "* `cargo test -p worldport-proofs --test paths` does all that this page says, and compares it \
             with `proofs/browsers/paths.json`.\n* `{COMMAND}` writes that file.\n\n"
        ),
    );
    summary(&mut page, report);
    wider(&mut page, report);
    not_accepted(&mut page, listed);
    outside(&mut page, report);
    rules(&mut page, report);
    kinds(&mut page, report);
    page.push_str(LIMITS);
    page
}

fn total(rows: &[&Row], of: impl Fn(&Row) -> usize) -> String {
    rows.iter().map(|row| of(row)).sum::<usize>().to_string()
}

fn summary(page: &mut String, report: &Report) {
    page.push_str("## What was accepted\n\n");
    line(page, &["", "chromium", "firefox"]);
    line(page, &["---", "---", "---"]);
    let rows: Vec<Vec<&Row>> =
        BROWSERS.iter().map(|&browser| report.of_browser(browser).collect()).collect();
    let mut add = |what: &str, of: &dyn Fn(&Row) -> usize| {
        let cells: Vec<String> = rows.iter().map(|rows| total(rows, of)).collect();
        line(page, &[what.to_owned(), cells[0].clone(), cells[1].clone()]);
    };
    add("recordings", &|_| 1);
    add("accepted", &|row| row.search.is_some().into());
    add("of these, every step settled before the next", &|row| {
        (row.search == Some(Search::Settled)).into()
    });
    add("calls of one task interleaved with other contexts", &|row| {
        (row.search == Some(Search::Interleaved)).into()
    });
    add("something arrived a step late", &|row| (row.search == Some(Search::Late)).into());
    add("not accepted under the other browser's rules", &|row| {
        (row.by_other == Some(false)).into()
    });
    add("steps of the model on the paths", &|row| row.actions);
    add("records of agents and recorder explained", &|row| row.observations);
    add("records that show nothing of the model", &|row| row.other_records);
    add("steps of scenarios that are the model's", &|row| row.steps.0);
    add("the model's but for arguments or contents", &|row| row.steps.1);
    add("none of the model's", &|row| row.steps.2);
    page.push('\n');
}

fn wider(page: &mut String, report: &Report) {
    let wider = report.rows.iter().filter(|row| row.search.is_some_and(|it| it > Search::Settled));
    page.push_str(
        "At first a path is sought on which scripts run each task without a pause and each step of the \
         scenario settles before the next, as the recorder waited for. These recordings needed more:\n\n",
    );
    for row in wider {
        let needed = match row.search {
            Some(Search::Interleaved) => "another context's step between two calls of a task",
            _ => "something that arrived after the recorder had gone on to the next step",
        };
        write(page, format_args!("* `{}`: {needed}\n", row.recording));
    }
}

fn not_accepted(page: &mut String, listed: &[Listed]) {
    page.push_str("\n## What was not accepted\n\n");
    page.push_str(
        "Listed in `proofs/browsers/not-paths.json`; one that is on the list and is accepted fails the \
         test.\n\n",
    );
    for Listed { browser, scenario, reason } in listed {
        write(page, format_args!("* `{scenario}` in {browser}: {reason}\n"));
    }
}

fn outside(page: &mut String, report: &Report) {
    page.push_str("\n## Steps that the model leaves out\n\n");
    line(page, &["reason", "what it is", "chromium", "firefox"]);
    line(page, &["---"; 4]);
    for reason in Outside::ALL {
        let count = |browser: Profile| {
            let rows: Vec<&Row> = report.of_browser(browser).collect();
            total(&rows, |row| row.outside.get(&reason).copied().unwrap_or(0))
        };
        let name = serde_json::to_value(reason).unwrap_or_default();
        let name = name.as_str().unwrap_or_default().to_owned();
        let cells = [name, reason.about().to_owned(), count(BROWSERS[0]), count(BROWSERS[1])];
        line(page, &cells);
    }
}

fn rules(page: &mut String, report: &Report) {
    page.push_str(
        "\n## Rules seen in reality\n\nA recording *decides* a rule if it is accepted under the browser's rules, \
         and under no other choice of that one rule is there any path for it, however widely it is sought. \
         The number is that of the recordings that do. Recordings whose path has over a thousand steps, which \
         measure, are not asked. `error_place` and `world_id_length` are about texts: the model carries them \
         and does not ask for them, so they are applied here to what the trace shows.\n\n",
    );
    line(page, &["rule", "in chromium", "decided by", "in firefox", "decided by"]);
    line(page, &["---"; 5]);
    let mut names: Vec<&str> = Vec::new();
    for replaced in replacements(Profile::Chromium.rules()) {
        if !names.contains(&replaced.rule) {
            names.push(replaced.rule);
        }
    }
    for rule in names {
        let mut cells = vec![format!("`{rule}`")];
        for browser in BROWSERS {
            let all: Vec<String> = replacements(browser.rules())
                .into_iter()
                .filter(|it| it.rule == rule)
                .map(|it| it.choice)
                .collect();
            let deciding = report.deciding(browser, rule).len();
            let out = report.ruled_out(browser, rule);
            let decided = match (deciding, out.len()) {
                (0, 0) => "none".to_owned(),
                (0, _) => format!("none alone; together they rule out {}", choices(&out)),
                (count, _) => count.to_string(),
            };
            cells.push(format!("not {}", choices(&all.iter().map(String::as_str).collect())));
            cells.push(decided);
        }
        line(page, &cells);
    }
    page.push_str("\nNever decided, and why not:\n\n");
    for (browser, rule, why) in UNDECIDED {
        write(page, format_args!("* `{rule}` in {}: {why}\n", browser.name()));
    }
}

fn choices(names: &BTreeSet<&str>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn kinds(page: &mut String, report: &Report) {
    page.push_str(
        "\n## Transitions seen in reality\n\nKinds of action, effect, refusal and rule for dropping a message \
         that are on no path that was found; all others are on at least one. Most of these refusals answer \
         calls that no script can make, as on a port of another context or in the middle of a dispatch. \
         `Abandon` and `Release` are what a garbage collector does, unnoticed.\n\n",
    );
    line(page, &["", "never on a path of chromium", "never on a path of firefox"]);
    line(page, &["---"; 3]);
    let groups: BTreeSet<&String> = report.kinds.values().flat_map(BTreeMap::keys).collect();
    for group in groups {
        let mut cells = vec![group.clone()];
        for browser in BROWSERS {
            let kinds = report.kinds.get(browser.name()).and_then(|kinds| kinds.get(group));
            let (used, not) = kinds.cloned().unwrap_or_default();
            let names: BTreeSet<&str> = not.iter().map(String::as_str).collect();
            cells.push(match names.is_empty() {
                true => format!("none of {}", used.len()),
                false => {
                    format!("{} of {}: {}", not.len(), used.len() + not.len(), choices(&names))
                }
            });
        }
        line(page, &cells);
    }
}

impl Outside {
    fn about(self) -> &'static str {
        match self {
            Self::Arguments => "arguments that may be refused by their type",
            Self::Bookkeeping => "remarks, and the recorder's own sockets",
            Self::Inspection => "what an object or an API looks like, or what is stored",
            Self::IntoTab => "a connection that the extension opens into a tab",
            Self::PageWorld => "a call in the page's own world, which has no messaging",
            Self::Payload => "what a message becomes on its way, and how large it may be",
            Self::Time => "time passes",
        }
    }
}

const LIMITS: &str = "\n## What this does not show\n\n\
* A path is looked for, and one is enough. That the browser took the same path is not known: only what scripts \
noticed is.\n\
* Where a call's arguments or contents may be refused for reasons that are not the model's, the recorded \
refusal is taken for one of these. Its arguments may also name another extension: then that port, or that \
promise, is left aside.\n\
* While the recorder has closed an agent's socket, as it does before it waits for an idle background or for the \
back/forward cache, what that context notices is not recorded and not compared.\n\
* A promise whose receiver is gone is rejected in one browser and resolved with nothing in the other. Either is \
taken for the model's outcome.\n\
* The browser's own choices are sought too: whether a page goes into the cache, when an idle background is \
stopped, in which order registered scripts run, whether they run anew when an extension is switched on. \
No rule says which.\n\
* A rule that no recording decides may still be right. It is not shown to be by these recordings.\n";
