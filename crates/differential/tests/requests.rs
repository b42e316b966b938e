//! Requests: what both decoders take has the same values for both, and where they part the deviation has a name.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "requests/change.rs"]
mod change;
#[path = "requests/draw.rs"]
mod draw;
#[path = "requests/example.rs"]
mod example;
#[path = "requests/good.rs"]
mod good;
#[path = "requests/page.rs"]
mod page;

use authenticator_differential::{DEVIATIONS, Side, Verdict, judge};
use std::collections::BTreeMap;

/// How many requests ended how.
#[derive(Default)]
struct Tally {
    same: usize,
    refused: usize,
    parted: usize,
    /// Where there was one reason only.
    sole: BTreeMap<(&'static str, Side), usize>,
}

impl Tally {
    fn count(&mut self, request: &[u8]) {
        match judge(request) {
            Verdict::Same => self.same += 1,
            Verdict::Refused => self.refused += 1,
            Verdict::Deviates(side, names) => {
                self.parted += 1;
                if let [name] = names.as_slice() {
                    *self.sole.entry((*name, side)).or_default() += 1;
                }
            }
        }
    }

    fn of(requests: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut tally = Self::default();
        requests.into_iter().for_each(|request| tally.count(&request));
        tally
    }

    /// All three ends were met often enough.
    fn expect(&self, same: usize, refused: usize, parted: usize) {
        println!("{} the same, {} refused by both, {} parted", self.same, self.refused, self.parted);
        self.sole.iter().for_each(|((name, side), count)| println!("  {count:6} {side:?}: {name}"));
        assert!(self.same >= same && self.refused >= refused && self.parted >= parted);
    }
}

/// Covers: GEN-06, GEN-13
#[test]
fn gen05_both_decoders_take_every_good_request_and_read_the_same() {
    for request in good::requests() {
        assert_eq!(judge(&request), Verdict::Same, "{request:02x?}");
    }
}

#[test]
fn gen16_both_decoders_agree_on_every_change_of_one_byte_or_the_difference_has_a_name() {
    Tally::of(good::full().iter().flat_map(|request| change::bytes(request))).expect(100_000, 100_000, 4_000);
}

#[test]
fn gen16_both_decoders_agree_on_every_cut_and_every_byte_put_in_or_the_difference_has_a_name() {
    let requests = good::requests();
    Tally::of(requests.iter().flat_map(|request| change::lengths(request))).expect(1_000, 20_000, 1_000);
}

/// Covers: GEN-10
#[test]
fn gen08_both_decoders_agree_on_members_lost_doubled_swapped_or_put_in_or_the_difference_has_a_name() {
    let requests = good::requests();
    Tally::of(requests.iter().flat_map(|request| change::members(request))).expect(100, 1_000, 1_000);
}

/// Covers: GEN-10
#[test]
fn gen16_both_decoders_agree_on_drawn_requests_or_the_difference_has_a_name() {
    Tally::of((0..20_000).map(draw::request)).expect(500, 2_000, 2_000);
}

/// No row of the table is dead: each has a request that parts the decoders, on each side that it names, for that reason alone.
#[test]
fn every_deviation_has_an_example() {
    let tally = Tally::of(example::requests().into_iter().map(|(name, side, request)| {
        assert_eq!(judge(&request), Verdict::Deviates(side, vec![name]), "{request:02x?}");
        request
    }));
    for deviation in DEVIATIONS {
        for side in deviation.sides {
            let met = tally.sole.contains_key(&(deviation.name, *side));
            assert!(met, "{:?} over {:?} has no example", side, deviation.name);
        }
    }
}
