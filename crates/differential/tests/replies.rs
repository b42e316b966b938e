//! Replies: whatever ctap-types can hold of one, they write in the same bytes.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "replies/draw.rs"]
mod draw;
#[path = "replies/life.rs"]
mod life;
#[path = "replies/theirs.rs"]
mod theirs;

use authenticator_core::differential::encode;
use authenticator_core::{BootId, Now, Reply, Session};
use authenticator_differential::{Held, judge_auth_data, judge_reply};
use authenticator_testkit::reply::Reply as Taken;
use ctap_types::ctap2::Response;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often their types could hold a reply of each kind, and how often not.
type Tally = BTreeMap<&'static str, [usize; 2]>;

fn ours(reply: &Reply) -> Vec<u8> {
    let session = Session::new(Now { boot: BootId([1; 16]), since_boot: Duration::ZERO, unix: None });
    let mut buffer = [0; 7609];
    let length = encode(reply, &session, &mut buffer);
    assert_eq!(buffer[0], 0x00, "{reply:?}");
    buffer[..length].to_vec()
}

fn theirs(response: &Response) -> Vec<u8> {
    let mut buffer = ctap_types::Vec::<u8, 7609>::new();
    response.serialize(buffer.as_mut_view());
    buffer.to_vec()
}

/// Their reply is made of the same values, member by member, and ours is read by them as well.
#[test]
fn gen07_drawn_replies_are_written_in_the_same_bytes_by_ctap_types() {
    let mut tally = Tally::new();
    for seed in 0..6_000 {
        let (kind, command, reply) = draw::reply(seed);
        let bytes = ours(&reply);
        let response = theirs::response(&reply);
        let held = if let Some(response) = &response {
            assert_eq!(bytes, theirs(response), "{reply:?}");
            Held::Same
        } else {
            Held::Beyond
        };
        assert_eq!(judge_reply(command, &bytes), held, "{reply:?}");
        tally.entry(kind).or_default()[usize::from(held == Held::Beyond)] += 1;
    }
    println!("{tally:?}");
    // With these there is something that their types cannot hold.
    let outgrown =
        ["self attestation", "basic attestation", "enterprise attestation", "sign-in", "listed credential"];
    assert_eq!(tally.len(), 13);
    for (kind, [same, beyond]) in tally {
        assert!(same > 20, "{kind}: {same} held");
        assert_eq!(beyond > 20, outgrown.contains(&kind), "{kind}: {beyond} not held");
    }
}

#[test]
fn gen07_every_reply_of_an_authenticators_life_is_written_in_the_same_bytes_by_ctap_types() {
    let mut tally = BTreeMap::<u8, [usize; 2]>::new();
    let mut auth_data = [0; 2];
    life::live(&mut |command, reply| {
        let held = judge_reply(command, reply);
        tally.entry(command).or_default()[usize::from(held == Held::Beyond)] += 1;
        if matches!(command, 0x01 | 0x02 | 0x08) {
            let member = Taken::new(reply).and_then(|reply| reply.member(2)).expect("authenticator data");
            let held = judge_auth_data(member.as_bytes().expect("bytes"));
            auth_data[usize::from(held == Held::Beyond)] += 1;
        }
    });
    println!("{tally:?}, authenticator data {auth_data:?}");
    assert!(auth_data[0] > 50 && auth_data[1] > 0, "authenticator data: {auth_data:?}");
    let commands: Vec<_> = tally.keys().copied().collect();
    assert_eq!(commands, [0x01, 0x02, 0x04, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0D, 0x41]);
    assert!(tally.values().all(|[same, _]| *same > 0), "each of which they can hold one");
    let beyond: Vec<_> =
        tally.iter().filter(|(_, [_, beyond])| *beyond > 0).map(|(command, _)| *command).collect();
    assert_eq!(beyond, [0x01, 0x04, 0x0C], "of which they cannot hold each");
}
