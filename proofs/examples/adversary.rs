//! Attacks on the router, one after the other, until so many calls are made: `--operations N --seed S`.
//!
//! Every second attack has the model beside it, and is looked at after each call. The others are longer and
//! have floods; they are looked at after one call in 64, which is when a refusal is compared with the state
//! before and all records are asked whether they agree. Attacks take turns under the three profiles, and
//! under tight limits and the default ones. After each, everything ends, nothing may be left, and every byte
//! that the attack allocated must be free again.
//!
//! Ten million calls: `cargo run --release -p worldport-proofs --example adversary -- --operations 10000000`.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use allocation_counter::measure;
use worldport::{Limits, Refusal, Router};
use worldport_proofs::adversary::{Attack, Player, TIGHT, Tally, noise, profile};

/// How much the example does where nobody asks for more.
const QUICK: u64 = 100_000;
/// One attack in so many has the model beside it.
const BESIDE: u64 = 2;
/// How often the others are looked at.
const LOOKS_EVERY: u64 = 64;
/// Bytes of an attack beside the model, and of another.
const BYTES: [usize; 2] = [4_000, 8_000];
/// Refusals that an attack may meet; the list is made before the allocations are counted.
const REFUSALS: usize = 1 << 17;

fn main() -> ExitCode {
    let (operations, seed) = match arguments() {
        Ok(found) => found,
        Err(what) => {
            eprintln!("{what}\nusage: adversary [--operations N] [--seed S]");
            return ExitCode::from(2);
        }
    };
    let started = Instant::now();
    let mut total = Tally::default();
    let mut beside = 0;
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let (mut attacks, mut longest) = (0, 0);
    while total.calls < operations {
        let number = seed.wrapping_add(attacks);
        let with_model = attacks.is_multiple_of(BESIDE);
        let list = Vec::with_capacity(REFUSALS);
        let mut outcome = Ok(Tally::default());
        let memory = measure(|| outcome = play(number, with_model, list));
        let tally = match outcome {
            Ok(tally) => tally,
            Err(what) => {
                eprintln!("attack {number} ({}):\n{what}", title(with_model));
                return ExitCode::FAILURE;
            }
        };
        if (memory.count_current, memory.bytes_current) != (0, 0) {
            let (count, bytes) = (memory.count_current, memory.bytes_current);
            eprintln!("attack {number} leaves {count} allocations of {bytes} bytes");
            return ExitCode::FAILURE;
        }
        attacks += 1;
        beside += if with_model { tally.calls } else { 0 };
        longest = longest.max(tally.calls);
        add(&mut total, &tally);
        for refusal in &tally.refused {
            *kinds.entry(kind(refusal)).or_default() += 1;
        }
        if attacks.is_multiple_of(100) && std::io::stderr().is_terminal() {
            eprint!("\r{:>12} of {operations} calls", total.calls);
            let _ = std::io::stderr().flush();
        }
    }
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    report(&total, &kinds, started);
    let [contexts, channels, queued] = total.deepest;
    println!(
        "{attacks} attacks, the longest of {longest} calls; {beside} calls had the model beside them"
    );
    println!(
        "at most {contexts} contexts, {channels} channels and {queued} messages under way for one context"
    );
    println!("no panic, no difference, nothing left, and no byte of memory");
    ExitCode::SUCCESS
}

/// One attack from its number alone.
fn play(number: u64, with_model: bool, list: Vec<Refusal>) -> Result<Tally, String> {
    let mut noise = noise(number.wrapping_mul(0x2545_F491_4F6C_DD1D));
    let bytes: Vec<u8> = noise.by_ref().take(BYTES[usize::from(!with_model)]).collect();
    let which = usize::from(noise.next().unwrap_or(0));
    let (rules, model) = profile(which);
    let limits = if which % 4 < 3 { TIGHT } else { Limits::DEFAULT };
    let player = Player::new(Router::new(rules, limits)).keeps_refusals_in(list);
    let mut player =
        if with_model { player.beside(model) } else { player.looks_every(LOOKS_EVERY) };
    if which % 8 > 0 {
        player.set_the_scene()?;
    }
    for operation in Attack::from_bytes(&bytes).0 {
        player.perform(&operation)?;
    }
    player.end()?;
    Ok(player.into_parts().1)
}

fn add(total: &mut Tally, tally: &Tally) {
    total.calls += tally.calls;
    total.refusals += tally.refusals;
    total.compared += tally.compared;
    total.deliveries += tally.deliveries;
    for (most, seen) in total.deepest.iter_mut().zip(tally.deepest) {
        *most = (*most).max(seen);
    }
}

/// The name of a refusal, and of the limit if it is one.
fn kind(refusal: &Refusal) -> String {
    let text = format!("{refusal:?}");
    match refusal {
        Refusal::Limit(_) => text,
        _ => text.split('(').next().unwrap_or_default().to_owned(),
    }
}

fn title(with_model: bool) -> &'static str {
    if with_model { "with the model beside it" } else { "alone" }
}

fn report(total: &Tally, kinds: &BTreeMap<String, u64>, started: Instant) {
    for (kind, count) in kinds {
        println!("{count:>12}  {kind}");
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} calls in {seconds:.1} s, {} refused ({} of these compared whole), {} deliveries",
        total.calls, total.refusals, total.compared, total.deliveries
    );
}

fn arguments() -> Result<(u64, u64), String> {
    let (mut operations, mut seed) = (QUICK, 1);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().and_then(|value| value.parse().ok());
        let value = value.ok_or_else(|| format!("{word} needs a number"))?;
        match &*word {
            "--operations" => operations = value,
            "--seed" => seed = value,
            _ => return Err(format!("{word} is unknown")),
        }
    }
    Ok((operations, seed))
}
