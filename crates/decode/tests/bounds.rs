//! What hostile input costs: no more than its length says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_decode::{Kind, decode, recording};

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

#[test]
fn of_many_items_the_first_are_told() {
    let mut array = vec![0x9A, 0, 1, 0, 0];
    array.extend([0x01; 0x1_0000]);
    let told = decode(&array, Kind::Cbor);
    assert!(told.is_broken());
    assert_eq!(told.members.len(), 16_384);
    let last = told.members.last().unwrap();
    assert_eq!(last.notes[0].to_string(), "ends at byte 16388: more than 16384 items are not looked at");
    array.truncate(5 + 16_383);
    array[1..5].copy_from_slice(&16_383_u32.to_be_bytes());
    assert!(!decode(&array, Kind::Cbor).is_broken());
}

#[test]
fn a_recording_can_be_told_piece_by_piece() {
    let text = "00000001\n> 0000000190000104\n> 0000000190004004\n{}";
    let mut pieces = recording::empty(text).to_text();
    recording::each(text, |told| pieces.push_str(&told.to_text_at(1)));
    assert_eq!(pieces, recording::decode(text).to_text());
    assert_eq!(pieces.matches("line 2 > channel 0x00000001 0x90 CTAPHID_CBOR").count(), 1);
}
