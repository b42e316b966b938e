//! What is advertised works, and what is not is refused: drawn profiles, in every state that their users can bring about.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails"
)]

#[path = "capabilities/draw.rs"]
mod draw;
#[path = "capabilities/identifiers.rs"]
mod identifiers;
#[path = "capabilities/lines.rs"]
mod lines;
#[path = "capabilities/owner.rs"]
mod owner;
#[path = "capabilities/promises.rs"]
mod promises;
#[path = "capabilities/refused.rs"]
mod refused;

use authenticator_core::Profile;
use draw::{Draw, legal_profile};
use owner::Owner;

/// How many profiles are drawn. The seed of each is its number.
const PROFILES: u64 = 300;

/// On how many of them every promise is tried, in every state: that takes its time.
const TRIED: usize = 150;

fn profiles() -> impl Iterator<Item = Profile> {
    let drawn = (0..PROFILES).map(|seed| legal_profile(&mut Draw::new(seed)));
    Profile::NAMED.into_iter().map(|(_, profile)| profile([0x5A; 16])).chain(drawn)
}

/// Lives through everything that the owner of this authenticator can set, and looks at each state.
fn live(profile: &Profile, look: &mut dyn FnMut(&mut Owner)) {
    let mut owner = Owner::new(profile.clone());
    look(&mut owner);
    for change in owner::LIFE {
        if change(&mut owner) {
            look(&mut owner);
        }
    }
}

/// Covers: GI-02, GI-03, GI-04, GI-05, GI-06, GI-07, GI-08, GI-09, GI-10, GI-11, GI-20, GI-21, GI-22, GI-24, GI-26, LBK-04, LBX-05
#[test]
fn gi01_the_answer_agrees_with_itself_and_with_the_state_in_every_state() {
    let mut states = 0;
    for profile in profiles() {
        live(&profile, &mut |owner| {
            lines::hold(owner);
            states += 1;
        });
    }
    assert!(states > 4 * PROFILES, "{states} states");
}

/// Covers: GEN-03, GEN-05, LBX-03, LBX-04
#[test]
fn gi01_everything_advertised_works_and_everything_else_is_refused() {
    for profile in profiles().take(TRIED) {
        live(&profile, &mut promises::hold);
    }
}

#[test]
fn the_draws_reach_every_capability() {
    let count = |has: fn(&Profile) -> bool| profiles().filter(has).count();
    let reached = [
        ("PINs", count(|profile| profile.client_pin.is_some())),
        ("tokens by PIN alone", count(|profile| profile.client_pin.is_some() && !owner::has_uv(profile))),
        ("the host's verification", count(owner::has_uv)),
        ("neither", count(|profile| profile.client_pin.is_none() && !owner::has_uv(profile))),
        ("no tokens", count(|profile| profile.client_pin.is_some() && !profile.pin_uv_auth_token)),
        ("management", count(|profile| owner::manages(profile).is_some())),
        ("configuration", count(|profile| !profile.config.is_empty())),
        ("enterprise attestation", count(|profile| profile.enterprise_attestation.is_some())),
        ("no passkeys", count(|profile| !profile.discoverable)),
        ("large blobs", count(owner::has_large_blobs)),
        (
            "large blobs of credentials",
            count(|profile| owner::per_credential(profile).is_some_and(|max| max > 1)),
        ),
        ("alwaysUv", count(|profile| profile.always_uv)),
        ("an algorithm held back", count(|profile| !profile.unadvertised.is_empty())),
    ];
    for (what, drawn) in reached {
        assert!(drawn >= 3, "{what}: {drawn} profiles");
    }
}
