//! A mixed load on one router for some minutes, with the model beside it and every invariant on:
//! `--minutes N`. It prints a line a minute, or a second where it lasts less than one.
//!
//! The load is that of the adversary: connections come and go, messages are posted, documents navigate and
//! are cached, backgrounds stop, the permission is revoked, extensions are reloaded. It comes in rounds. At
//! the end of each everything ends and nothing may be left; the router lives on, and the model begins anew
//! beside it, since its ledger of every id ever seen would grow for ever.
//!
//! It fails if anything differs or is violated, or if memory grows after the warm-up, which is the first
//! tenth of the time.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use worldport::{Limits, Router, Rules};
use worldport_proofs::adversary::{Attack, Blob, Player, TIGHT, noise};

/// How long it lasts where nobody asks for more.
const QUICK: Duration = Duration::from_secs(5);
/// Bytes of operations a round.
const BYTES: usize = 4_000;
/// How much more may be resident at the end than after the warm-up: what an allocator keeps to itself
/// varies by about so much.
const SLACK: u64 = 8 << 20;

/// What the rounds came to.
#[derive(Default)]
struct Sums {
    rounds: u64,
    calls: u64,
    deliveries: u64,
    refusals: u64,
    /// Records in the router, contexts and channels, the last time that a round was at its end.
    records: usize,
}

fn main() -> ExitCode {
    let lasts = match arguments() {
        Ok(lasts) => lasts,
        Err(what) => {
            eprintln!("{what}\nusage: soak [--minutes N]");
            return ExitCode::from(2);
        }
    };
    let every = Duration::from_secs(if lasts < Duration::from_secs(60) { 1 } else { 60 });
    let started = Instant::now();
    // As generous as the defaults, but for what a round would never reach.
    let limits = Limits { queued_messages: 500, ports: 500, ..TIGHT };
    let mut router: Router<Blob> = Router::new(Rules::STANDARD, limits);
    let mut sums = Sums::default();
    let (mut warm, mut said) = (None, 0);
    while started.elapsed() < lasts {
        router = match round(router, &mut sums) {
            Ok(router) => router,
            Err(what) => {
                println!("round {}: {what}", sums.rounds);
                return ExitCode::FAILURE;
            }
        };
        if warm.is_none() && started.elapsed() * 10 >= lasts {
            warm = Some(resident());
        }
        let due = started.elapsed().as_secs() / every.as_secs();
        if due > said {
            said = due;
            say(&sums, started.elapsed());
        }
    }
    say(&sums, started.elapsed());
    let (Some(Some(warm)), Some(end)) = (warm, resident()) else {
        println!("zero violations; resident memory is not known on this system");
        return ExitCode::SUCCESS;
    };
    let grown = end.saturating_sub(warm);
    println!(
        "zero violations; resident {} KiB when warm, {} KiB at the end",
        warm >> 10,
        end >> 10
    );
    if grown > SLACK {
        println!("memory has grown by {} KiB", grown >> 10);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// One round on a router that is empty, and empty again after it.
fn round(router: Router<Blob>, sums: &mut Sums) -> Result<Router<Blob>, String> {
    let bytes: Vec<u8> = noise(sums.rounds).take(BYTES).collect();
    let mut player = Player::new(router).beside(&worldport_model::Rules::STANDARD);
    player.set_the_scene()?;
    for operation in Attack::from_bytes(&bytes).0 {
        player.perform(&operation)?;
    }
    let live = player.router().snapshot();
    sums.records = live.contexts.len() + live.channels.len();
    player.end()?;
    let (router, tally) = player.into_parts();
    sums.rounds += 1;
    sums.calls += tally.calls;
    sums.deliveries += tally.deliveries;
    sums.refusals += tally.refusals;
    Ok(router)
}

fn say(sums: &Sums, elapsed: Duration) {
    let resident = resident().map_or_else(|| "?".to_owned(), |bytes| (bytes >> 10).to_string());
    println!(
        "{:>5} s  {:>6} rounds  {:>10} calls  {:>9} refused  {:>9} deliveries  {:>4} records live  \
         {resident:>8} KiB resident",
        elapsed.as_secs(),
        sums.rounds,
        sums.calls,
        sums.refusals,
        sums.deliveries,
        sums.records,
    );
}

/// Bytes of this process in memory, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib << 10)
}

fn arguments() -> Result<Duration, String> {
    let mut words = std::env::args().skip(1);
    match (words.next().as_deref(), words.next()) {
        (None, _) => Ok(QUICK),
        (Some("--minutes"), Some(value)) => match value.parse::<u64>() {
            Ok(minutes) if minutes > 0 => Ok(Duration::from_secs(60 * minutes)),
            _ => Err("--minutes needs a number above nought".to_owned()),
        },
        (Some(word), _) => Err(format!("{word} is unknown, or needs a number")),
    }
}
