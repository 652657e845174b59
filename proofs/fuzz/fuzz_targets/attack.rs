//! Attacks on the router as the fuzzer finds them. The first byte chooses the profile, the limits, and
//! whether the model is beside the router; the others spell the attack.

#![no_main]

use libfuzzer_sys::fuzz_target;
use worldport::{Limits, Router};
use worldport_proofs::adversary::{Attack, Player, TIGHT, profile};

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, attack)) = bytes.split_first() else { return };
    let (rules, model) = profile(usize::from(which));
    let limits = if which & 64 == 0 { TIGHT } else { Limits::DEFAULT };
    let player = Player::new(Router::new(rules, limits));
    // The model sees only so much: beside it, each call costs as much as everything there is.
    let mut player = if which & 128 == 0 && attack.len() < 2_000 {
        player.beside(model)
    } else {
        player.looks_every(64)
    };
    let borne = (|| {
        player.set_the_scene()?;
        Attack::from_bytes(attack).0.iter().try_for_each(|operation| player.perform(operation))?;
        player.end()
    })();
    if let Err(what) = borne {
        panic!("{what}");
    }
});
