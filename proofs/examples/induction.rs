//! scratch
use worldport_proofs::inductive::induction::System;
fn main() {
    let system = System::new();
    let t = std::time::Instant::now();
    let verdict = system.decide();
    for it in &verdict.counterexamples {
        println!("{:?} / {}\n{}", it.rule, it.conjunct, it.text);
    }
    println!("{} obligations, {} cti, impossible {:?}, {:?}", verdict.obligations, verdict.counterexamples.len(), verdict.impossible, t.elapsed());
    for c in &system.conjuncts {
        let n = verdict.needed_by.get(c.conjunct.name).map_or(0, Vec::len);
        println!("{} needed by {}", c.conjunct.name, n);
    }
}
