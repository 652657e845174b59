//! scratch
use worldport_proofs::inductive::induction::System;
use worldport_proofs::inductive::cover::cover;
use worldport_proofs::machine::by_name;
fn main() {
    let system = System::new();
    let t = std::time::Instant::now();
    let verdict = system.decide();
    for it in &verdict.counterexamples {
        println!("{:?} / {}\n{}", it.rule, it.conjunct, it.text);
    }
    println!("{} obligations, {} cti, impossible {:?}, {:?}", verdict.obligations, verdict.counterexamples.len(), verdict.impossible, t.elapsed());
    for c in &system.conjuncts {
        if c.conjunct.of_step { continue; }
        let n = verdict.needed_by.get(c.conjunct.name).map_or(0, Vec::len);
        println!("{} needed by {}", c.conjunct.name, n);
    }
    for name in std::env::args().skip(1) {
        let t = std::time::Instant::now();
        let c = cover(&system, by_name(&name).unwrap(), worldport_model::next);
        println!("{name}: {} states {} steps {:?}\n  {:?}", c.states, c.steps, t.elapsed(), c.by_rule);
        if let Some(o) = c.outside { println!("OUTSIDE {o}"); }
    }
}
