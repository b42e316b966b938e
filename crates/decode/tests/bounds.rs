//! What hostile input costs: no more than its length says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_decode::{Kind, decode};

/// authenticatorConfig with so many subCommandParams, whose shape the subCommand behind them all decides.
fn config(pairs: u16) -> Vec<u8> {
    let mut request = vec![0x0D, 0xB9];
    request.extend((pairs + 1).to_be_bytes());
    request.extend([0x02, 0xA0].repeat(pairs.into()));
    request.extend([0x01, 0x03]);
    request
}

/// Each member once looked through all of them for its neighbour: twenty seconds, which is what fails here.
#[test]
fn members_that_depend_on_another_do_not_each_look_for_it() {
    let told = decode(&config(40_000), Kind::Request);
    assert_eq!(told.members[0].name, Some("subCommandParams"));
}

#[test]
fn the_neighbour_may_stand_behind_what_depends_on_it() {
    let request = [0x0D, 0xA2, 0x02, 0xA1, 0x01, 0x06, 0x01, 0x03];
    let told = decode(&request, Kind::Request);
    assert_eq!(told.members[0].members[0].name, Some("newMinPINLength"));
}
