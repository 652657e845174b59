//! The router bears whatever is called in whatever order: the attacks of the fuzz target and of the example
//! `adversary`, drawn and shrunk by proptest.
//!
//! `PROPTEST_CASES` raises the number of attacks.

use proptest::prelude::*;
use worldport::{Limits, Router};
use worldport_proofs::adversary::{Attack, Player, TIGHT, noise, profile};

/// Attacks of each kind. Those beside the model are slow.
fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Carries out an attack, ends everything, and says how the router bore it.
fn bears(player: Player, attack: &[u8], scene: bool) -> Result<Player, String> {
    let mut player = player;
    if scene {
        player.set_the_scene()?;
    }
    for operation in Attack::from_bytes(attack).0 {
        player.perform(&operation)?;
    }
    player.end()?;
    Ok(player)
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn attacks_beside_the_model_do_what_it_allows(
        bytes in prop::collection::vec(any::<u8>(), 0..1_500),
        which in 0..6usize,
    ) {
        let (rules, model) = profile(which);
        let limits = if which < 3 { TIGHT } else { Limits::DEFAULT };
        let player = Player::new(Router::new(rules, limits)).beside(model);
        prop_assert_eq!(bears(player, &bytes, which % 2 == 0).err(), None);
    }
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn floods_change_nothing_when_refused_and_leave_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..4_000),
        which in 0..6usize,
    ) {
        let (rules, _) = profile(which);
        let limits = if which < 3 { TIGHT } else { Limits::DEFAULT };
        let player = Player::new(Router::new(rules, limits)).looks_every(16);
        prop_assert_eq!(bears(player, &bytes, true).err(), None);
    }
}

/// Attacks that are refused at the door would show little.
#[test]
fn attacks_get_far() {
    let (mut calls, mut refusals, mut deliveries) = (0, 0, 0);
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let bytes: Vec<u8> = noise(seed).take(6_000).collect();
        let player = Player::new(Router::new(profile(0).0, TIGHT)).looks_every(512);
        let player = bears(player.keeps_refusals_in(Vec::new()), &bytes, true);
        let tally = player.unwrap_or_else(|what| panic!("seed {seed}: {what}")).tally().clone();
        calls += tally.calls;
        refusals += tally.refusals;
        deliveries += tally.deliveries;
        kinds.extend(tally.refused.iter().map(|refusal| {
            let text = format!("{refusal:?}");
            match refusal {
                worldport::Refusal::Limit(_) => text,
                _ => text.split('(').next().unwrap_or_default().to_owned(),
            }
        }));
    }
    println!("{calls} calls, {refusals} refused, {deliveries} deliveries: {kinds:?}");
    assert!(refusals * 10 < calls * 9, "{refusals} of {calls} calls are refused");
    // Floods make most of the calls, and are mostly dropped with whoever they were for.
    assert!(deliveries * 200 > calls, "{deliveries} deliveries in {calls} calls");
    assert!(kinds.len() >= 40, "only {} kinds of refusals are met: {kinds:?}", kinds.len());
}

/// Without this, a player that looks at nothing would pass.
#[test]
fn a_router_that_follows_other_rules_is_caught() {
    let parts = |rules: worldport::Rules| {
        (0..6).find_map(|seed| {
            let bytes: Vec<u8> = noise(seed).take(2_000).collect();
            let player = Player::new(Router::new(rules.clone(), TIGHT)).beside(profile(0).1);
            bears(player, &bytes, true).err()
        })
    };
    for rules in [profile(1).0, profile(2).0] {
        let what = parts(rules).expect("it parts from the model of another profile");
        assert!(what.contains("router and model part"), "{what}");
    }
    assert_eq!(parts(profile(0).0), None);
}
