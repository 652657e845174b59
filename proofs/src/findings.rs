//! Where the browsers break invariants: every failure that is expected, why, and who has seen it.
//!
//! The checker finds the failures; this table pins them. A failure that is not here fails the check, and so
//! does one that is here and no longer happens. Each names the one rule choice that causes it, and the
//! recorded steps of the real browser that show the same.

use serde_json::{Map, Value};
use worldport_model::{
    CacheEntry, FailedConnect, Profile, ReceiverDeath, ReceiverDisconnect, RemovedDuringDispatch,
    Rules, Withdrawal, next,
};

use crate::check::{Exploration, Violation};
use crate::diagram;
use crate::machine::WAYS;
use crate::scenario::scenario;

/// A failure that is expected of a profile.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whose rules break the invariant.
    pub profile: Profile,
    /// In which of the [`WAYS`].
    pub way: &'static str,
    /// The smallest shape that shows it.
    pub shape: &'static str,
    /// The rule choice that causes it, as the rules print it.
    pub cause: &'static str,
    /// The same rules with that one choice as `standard` has it: then it does not happen.
    pub mended: Rules,
    /// What it means to someone who writes extensions.
    pub reading: &'static str,
    /// What a trace of its own scenario must hold.
    pub shows: &'static [Seen],
    /// Where the real browser was recorded doing the same; empty for what only a race shows.
    pub recorded: &'static [Recorded],
}

/// Steps of a recorded scenario.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// The scenario.
    pub scenario: &'static str,
    /// What the browser's trace holds.
    pub seen: &'static [Seen],
}

/// What a trace holds, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The step, counted from 1; 0 is the whole trace.
    pub step: u64,
    /// The context.
    pub context: &'static str,
    /// Members of the record, as JSON.
    pub record: &'static str,
    /// How many such records there are.
    pub times: usize,
}

const fn seen(step: u64, context: &'static str, record: &'static str) -> Seen {
    Seen { step, context, record, times: 1 }
}

const fn never(step: u64, context: &'static str, record: &'static str) -> Seen {
    Seen { step, context, record, times: 0 }
}

const DISCONNECT: &str = r#"{"ev":"disconnect"}"#;
const POST_PASSES: &str = r#"{"ev":"return","op":"postMessage"}"#;

const CONNECTS: Finding = Finding {
    profile: Profile::Firefox,
    way: "mute-world-connects",
    shape: "withdrawal",
    cause: "withdrawal: Never",
    mended: Rules { withdrawal: Withdrawal::AtOnce, ..Rules::FIREFOX },
    reading: "After configureWorld({messaging: false}) a user script that runs already still opens \
              connections.",
    shows: &[
        seen(5, "background", r#"{"ev":"resolve","op":"configureWorld"}"#),
        seen(6, "t1@default", r#"{"ev":"return","op":"connect"}"#),
    ],
    recorded: &[Recorded {
        scenario: "c1_true_then_false",
        seen: &[seen(9, "t1@default", r#"{"ev":"return","op":"connect"}"#)],
    }],
};

const ACCEPTED: Finding = Finding {
    way: "mute-world-is-accepted",
    reading: "After configureWorld({messaging: false}) the background is still handed the \
              connections of a user script that runs already.",
    shows: &[
        seen(5, "background", r#"{"ev":"resolve","op":"configureWorld"}"#),
        seen(6, "background", r#"{"ev":"connect"}"#),
    ],
    recorded: &[Recorded {
        scenario: "c1_true_then_false",
        seen: &[seen(9, "background", r#"{"ev":"connect","port":"p2"}"#)],
    }],
    ..CONNECTS
};

const HEARS: Finding = Finding {
    way: "mute-world-hears",
    reading: "After configureWorld({messaging: false}) a user script that runs already still \
              receives what the background posts.",
    shows: &[seen(0, "t1@default", r#"{"ev":"message","value":"m0"}"#)],
    recorded: &[Recorded {
        scenario: "c1_true_then_false",
        seen: &[seen(8, "t1@default", r#"{"ev":"message","value":"bg->us after false"}"#)],
    }],
    ..CONNECTS
};

const HEARD: Finding = Finding {
    way: "mute-world-is-heard",
    reading: "After configureWorld({messaging: false}) what a user script that runs already posts \
              still reaches the background.",
    shows: &[seen(0, "background", r#"{"ev":"message","value":"m0"}"#)],
    recorded: &[Recorded {
        scenario: "c1_true_then_false",
        seen: &[seen(7, "background", r#"{"ev":"message","value":"us->bg after false"}"#)],
    }],
    ..CONNECTS
};

/// The same under Chromium's rules, which take calls away later, and ports never.
const fn in_chromium(finding: &Finding) -> Finding {
    let Finding { way, shape, reading, shows, recorded, .. } = *finding;
    Finding {
        profile: Profile::Chromium,
        way,
        shape,
        cause: "withdrawal: AfterResetOrInjection",
        mended: Rules { withdrawal: Withdrawal::AtOnce, ..Rules::CHROMIUM },
        reading,
        shows,
        recorded,
    }
}

/// Every failure that is expected, by profile and in the order of the ways.
pub static FINDINGS: [Finding; 16] = [
    in_chromium(&CONNECTS),
    in_chromium(&HEARS),
    in_chromium(&ACCEPTED),
    in_chromium(&HEARD),
    Finding {
        profile: Profile::Chromium,
        way: "removed-port-listener-is-called",
        shape: "listeners",
        cause: "removed_during_dispatch: StillCalled",
        mended: Rules {
            removed_during_dispatch: RemovedDuringDispatch::Skipped,
            ..Rules::CHROMIUM
        },
        reading: "A listener of port.onMessage that another one has just removed is called all the \
                  same.",
        shows: &[
            seen(0, "background", r#"{"ev":"return","op":"port.removeListener"}"#),
            seen(0, "background", r#"{"ev":"message","fn":"M1"}"#),
            seen(0, "background", r#"{"ev":"message","fn":"M2"}"#),
        ],
        recorded: &[Recorded {
            scenario: "e6_port_onmessage_listeners",
            seen: &[
                seen(22, "background", r#"{"ev":"return","op":"port.removeListener"}"#),
                seen(22, "background", r#"{"ev":"message","fn":"M5","value":"three"}"#),
            ],
        }],
    },
    Finding {
        profile: Profile::Chromium,
        way: "removed-listener-is-called",
        shape: "listeners",
        cause: "removed_during_dispatch: StillCalled",
        mended: Rules {
            removed_during_dispatch: RemovedDuringDispatch::Skipped,
            ..Rules::CHROMIUM
        },
        reading: "A listener of onUserScriptConnect that another one has just removed is called all \
                  the same.",
        shows: &[
            seen(0, "background", r#"{"ev":"return","op":"removeListener"}"#),
            seen(0, "background", r#"{"ev":"connect","fn":"L1"}"#),
            seen(0, "background", r#"{"ev":"connect","fn":"L2"}"#),
        ],
        recorded: &[Recorded {
            scenario: "e5_change_during_dispatch",
            seen: &[
                seen(5, "background", r#"{"ev":"return","op":"removeListener"}"#),
                seen(5, "background", r#"{"ev":"connect","fn":"L1"}"#),
                seen(6, "background", r#"{"ev":"return","op":"hasListener","value":false}"#),
            ],
        }],
    },
    Finding {
        profile: Profile::Chromium,
        way: "leaving-receiver-deafens-others",
        shape: "fan-out",
        cause: "receiver_disconnect: ClosesOthersUntold",
        mended: Rules { receiver_disconnect: ReceiverDisconnect::Leaves, ..Rules::CHROMIUM },
        reading: "When one of two receivers calls disconnect(), the opener is told that the channel \
                  has closed, and the other receiver is cut off without a word.",
        shows: &[
            seen(7, "e1", r#"{"ev":"return","op":"disconnect"}"#),
            seen(7, "t1@default", DISCONNECT),
            never(0, "background", DISCONNECT),
            seen(8, "background", POST_PASSES),
        ],
        recorded: &[Recorded {
            scenario: "f2_disconnect_one_then_other",
            seen: &[
                seen(6, "background", r#"{"ev":"return","op":"disconnect"}"#),
                seen(6, "t1@default", DISCONNECT),
                never(0, "e1", DISCONNECT),
            ],
        }],
    },
    Finding {
        profile: Profile::Chromium,
        way: "receiver-keeps-dead-port",
        shape: "fan-out",
        cause: "receiver_disconnect: ClosesOthersUntold",
        mended: Rules { receiver_disconnect: ReceiverDisconnect::Leaves, ..Rules::CHROMIUM },
        reading: "After another receiver has called disconnect(), this one holds a port that looks \
                  open for ever: no onDisconnect comes, and what it posts is lost without an error.",
        shows: &[
            never(0, "e1", DISCONNECT),
            seen(0, "e1", POST_PASSES),
            // Nobody is left who could hear it.
            seen(0, "t1@default", DISCONNECT),
        ],
        recorded: &[Recorded {
            scenario: "f2_disconnect_one_then_other",
            seen: &[
                never(0, "e1", DISCONNECT),
                seen(8, "e1", POST_PASSES),
                never(0, "t1@default", r#"{"ev":"message"}"#),
            ],
        }],
    },
    Finding {
        profile: Profile::Chromium,
        way: "restored-page-keeps-dead-port",
        shape: "documents",
        cause: "cache_entry: ClosesOtherTold",
        mended: Rules { cache_entry: CacheEntry::ClosesBothTold, ..Rules::CHROMIUM },
        reading: "A page that comes back from the back/forward cache holds a port that looks open \
                  for ever: only the background was told, and what the page posts is lost without \
                  an error.",
        shows: &[
            seen(0, "background", DISCONNECT),
            never(0, "t1@default", DISCONNECT),
            seen(0, "t1@default", POST_PASSES),
            never(0, "background", r#"{"ev":"message"}"#),
        ],
        recorded: &[Recorded {
            scenario: "i2_navigate_and_back",
            seen: &[
                seen(5, "background", DISCONNECT),
                never(0, "t1@default", DISCONNECT),
                seen(9, "t1@default", POST_PASSES),
                never(9, "background", r#"{"ev":"message"}"#),
            ],
        }],
    },
    CONNECTS,
    HEARS,
    ACCEPTED,
    HEARD,
    Finding {
        profile: Profile::Firefox,
        way: "closed-port-is-told",
        shape: "listeners",
        cause: "failed_connect: ReportedOnClosedPort",
        mended: Rules { failed_connect: FailedConnect::Silent, ..Rules::FIREFOX },
        reading: "A script that connects where nobody listens, and disconnects at once, still hears \
                  onDisconnect on the port that it has closed itself.",
        shows: &[
            seen(0, "t1@default", r#"{"ev":"return","op":"disconnect"}"#),
            seen(0, "t1@default", DISCONNECT),
        ],
        recorded: &[Recorded {
            scenario: "d2_only_other_listeners",
            seen: &[
                seen(7, "t1@default", r#"{"ev":"return","op":"disconnect"}"#),
                seen(7, "t1@default", DISCONNECT),
            ],
        }],
    },
    Finding {
        profile: Profile::Firefox,
        way: "leaving-receiver-closes-others",
        shape: "fan-out",
        cause: "receiver_disconnect: ClosesOthersTold",
        mended: Rules { receiver_disconnect: ReceiverDisconnect::Leaves, ..Rules::FIREFOX },
        reading: "When one of two receivers calls disconnect(), the channel is closed for the opener \
                  and for the other receiver too.",
        shows: &[
            seen(7, "e1", r#"{"ev":"return","op":"disconnect"}"#),
            seen(7, "t1@default", DISCONNECT),
            seen(7, "background", DISCONNECT),
        ],
        recorded: &[Recorded {
            scenario: "f2_disconnect_one_then_other",
            seen: &[
                seen(6, "background", r#"{"ev":"return","op":"disconnect"}"#),
                seen(6, "t1@default", DISCONNECT),
                seen(6, "e1", DISCONNECT),
            ],
        }],
    },
    Finding {
        profile: Profile::Firefox,
        way: "dying-receiver-closes-others",
        shape: "fan-out",
        cause: "receiver_death: ClosesOthersTold",
        mended: Rules { receiver_death: ReceiverDeath::Leaves, ..Rules::FIREFOX },
        reading: "When one of two receivers goes away with its page, or is stopped, the channel is \
                  closed for the opener and for the other receiver too.",
        shows: &[seen(0, "t1@default", DISCONNECT), seen(0, "e1", DISCONNECT)],
        recorded: &[Recorded {
            scenario: "f4_page_closed",
            seen: &[seen(6, "t1@default", DISCONNECT), seen(6, "background", DISCONNECT)],
        }],
    },
];

impl Finding {
    /// The name of its files.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.profile.name(), self.way)
    }

    /// The invariant that is broken.
    #[must_use]
    pub fn invariant(&self) -> &'static str {
        WAYS.iter().find(|way| way.name == self.way).map_or("", |way| way.invariant)
    }

    /// A violation of its kind as a sequence diagram.
    #[must_use]
    pub fn diagram(&self, violation: &Violation) -> String {
        let (setup, actions) = (violation.shape.setup, &violation.actions);
        diagram::sequence(self.profile.rules(), next, setup, actions)
    }

    /// A violation of its kind as a scenario.
    ///
    /// # Errors
    ///
    /// Why it cannot be told as one.
    pub fn scenario(&self, violation: &Violation) -> Result<String, String> {
        let calm = violation.calm.as_ref().unwrap_or(&violation.actions);
        let actions: Vec<_> = violation.shape.setup.iter().chain(calm).copied().collect();
        let title = format!("{}: {}", self.invariant(), self.reading);
        let mut scenario = scenario(&title, self.profile.rules(), &actions)?;
        // The order of members is that of a map or of their writing, as the build has it.
        scenario.sort_all_objects();
        let text = serde_json::to_string_pretty(&scenario).map_err(|error| error.to_string())?;
        Ok(text + "\n")
    }
}

/// The finding that a violation is, if it is expected.
#[must_use]
pub fn expected(profile: Profile, violation: &Violation) -> Option<&'static Finding> {
    let way = WAYS.get(violation.way?)?.name;
    FINDINGS.iter().find(|it| it.profile == profile && it.way == way)
}

/// For each breach that explorations have found, the shortest way to it; of those as short, the one in the
/// shape that its finding names, or else the first.
#[must_use]
pub fn shortest(profile: Profile, explorations: &[Exploration]) -> Vec<&Violation> {
    let mut best: Vec<&Violation> = Vec::new();
    for violation in explorations.iter().flat_map(|it| &it.violations) {
        let pinned =
            expected(profile, violation).is_some_and(|it| it.shape == violation.shape.name);
        match best.iter_mut().find(|it| (it.row, it.way) == (violation.row, violation.way)) {
            None => best.push(violation),
            Some(known) => {
                let (now, before) = (violation.actions.len(), known.actions.len());
                if now < before || (now == before && pinned) {
                    *known = violation;
                }
            }
        }
    }
    best.sort_by_key(|it| (it.row, it.way));
    best
}

/// The findings of a profile that explorations have not found.
#[must_use]
pub fn missing(profile: Profile, found: &[&Violation]) -> Vec<&'static Finding> {
    let names: Vec<&str> = found.iter().filter_map(|it| Some(WAYS[it.way?].name)).collect();
    FINDINGS.iter().filter(|it| it.profile == profile && !names.contains(&it.way)).collect()
}

/// What of this a trace does not hold, in words; nothing if it holds all.
#[must_use]
pub fn unseen(trace: &[Map<String, Value>], claims: &[Seen]) -> Vec<String> {
    let missing = claims.iter().filter_map(|claim| {
        let Ok(Value::Object(members)) = serde_json::from_str(claim.record) else {
            return Some(format!("{} is no record", claim.record));
        };
        let is_such = |record: &Map<String, Value>| {
            let at = |key: &str| record.get(key);
            let there = at("ctx")?.as_str() == Some(claim.context)
                && (claim.step == 0 || at("phase")?.as_u64() == Some(claim.step))
                && members.iter().all(|(key, value)| at(key) == Some(value));
            there.then_some(())
        };
        let times = trace.iter().filter(|record| is_such(record).is_some()).count();
        let Seen { step, context, record, times: wanted } = *claim;
        (times != wanted)
            .then(|| format!("step {step}, {context}: {record} {times} times, not {wanted}"))
    });
    missing.collect()
}
