//! Every recording as a path of the model.
use std::collections::BTreeMap;
use worldport_proofs::paths::{Search, Verdict, recordings};

fn main() {
    let only = std::env::args().nth(1);
    let mode = std::env::args().nth(2).unwrap_or_default();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("browsers");
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let t0 = std::time::Instant::now();
    for r in recordings(&root).unwrap() {
        if only.as_ref().is_some_and(|only| !r.name.starts_with(only.as_str())) {
            continue;
        }
        let t = std::time::Instant::now();
        if mode == "decide" {
            if r.name.starts_with("s1") || r.name.starts_with("s3") {
                continue;
            }
            let (out, open) = r.decided();
            for (rule, choice) in &out {
                *count.entry(format!("{} {rule} not {choice}", r.profile.name())).or_default() += 1;
            }
            println!("{} {} ms: {out:?} open {open:?}", r.title(), t.elapsed().as_millis());
            continue;
        }
        let v = r.verdict(
            if mode == "other" {
                match r.profile {
                    worldport_model::Profile::Chromium => worldport_model::Profile::Firefox,
                    _ => worldport_model::Profile::Chromium,
                }
            } else {
                r.profile
            }
            .rules(),
        );
        let ms = t.elapsed().as_millis();
        let t = r.title();
        match v {
            Err(e) => {
                println!("{t}: {e}");
                *count.entry("unreadable".into()).or_default() += 1;
            }
            Ok(Verdict::Accepted(p)) => {
                *count.entry(format!("accepted {:?}", p.search)).or_default() += 1;
                if p.search != Search::Settled || ms > 300 {
                    println!(
                        "{t}: {:?} {ms} ms, {} actions, {} explained, {} visited",
                        p.search, p.actions, p.explained, p.visited
                    );
                }
            }
            Ok(Verdict::Rejected(m)) => {
                *count.entry("rejected".into()).or_default() += 1;
                println!(
                    "{t}: REJECTED {ms} ms\n   step {} of {:?}\n   does {}\n   recorded {}",
                    m.step,
                    m.life,
                    m.does.chars().take(300).collect::<String>(),
                    m.recorded.chars().take(300).collect::<String>()
                );
            }
            Ok(Verdict::Undecided(n)) => {
                *count.entry("undecided".into()).or_default() += 1;
                println!("{t}: UNDECIDED {n} {ms} ms");
            }
        }
    }
    println!("{count:#?} {} ms", t0.elapsed().as_millis());
}
