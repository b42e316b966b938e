//! getAssertion: of two things that are wrong with a request, the one that the specification checks first is answered.
//!
//! CTAP 2.3 §6.2.2 gives the steps; GEN-18 the order among failures to decode. Every pair of the table is tried.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod sign_in;

use authenticator_core::{BuiltInVerification, LargeBlobStorage, Profile, Refusal};
use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::request::{Request, get_assertion};
use authenticator_testkit::{Answer, Sim};
use sign_in::{New, SITE, id, register, security_key};

/// A request and the world it meets.
struct Case {
    request: Request,
    garbage: bool,
    profile: Profile,
    refused: bool,
}

/// Something that can be wrong: what to call it, what it is answered with alone, and how to bring it about.
type Flaw = (&'static str, u8, fn(Case) -> Case);

/// In the order in which they are checked.
const FLAWS: [Flaw; 14] = [
    ("malformed", 0x12, |case| Case { garbage: true, ..case }),
    ("a member of the wrong type", 0x11, |case| Case { request: case.request.with(0x07, "one"), ..case }),
    ("no rpId", 0x14, |case| Case { request: case.request.without(0x01), ..case }),
    ("a hash of 31 bytes", 0x02, |case| Case { request: case.request.with(0x02, bytes(&[0; 31])), ..case }),
    ("pinUvAuthParam without a protocol", 0x14, |case| Case {
        request: case.request.with(0x06, bytes(&[0; 16])),
        ..case
    }),
    ("uv that is not available", 0x2C, |case| Case { request: case.request.option("uv", true), ..case }),
    ("rk", 0x2B, |case| Case { request: case.request.option("rk", false), ..case }),
    ("an allow list too long", 0x15, |case| Case {
        request: case.request.list([[0xAA; 32].as_slice(); 11]),
        ..case
    }),
    ("largeBlobKey false", 0x2C, |case| Case {
        request: case.request.extension("largeBlobKey", false),
        profile: Profile { large_blobs: LargeBlobStorage::Array { max: 1024 }, ..case.profile },
        ..case
    }),
    ("alwaysUv", 0x36, |case| Case { profile: Profile { always_uv: true, ..case.profile }, ..case }),
    ("no credentials", 0x2E, |case| Case { request: with_unknown_credential(case.request), ..case }),
    ("the user cancels", 0x2D, |case| Case { refused: true, ..case }),
    ("salts that cannot be read", 0x02, |case| {
        let no_point = map([(-2, bytes(&[1; 32])), (-3, bytes(&[2; 32]))]);
        let salts = map([(1, no_point), (2, bytes(&[])), (3, bytes(&[]))]);
        Case { request: case.request.extension("hmac-secret", salts), ..case }
    }),
    // Without it nothing would say that each flaw but the last spoils a request that succeeds.
    ("nothing", 0x00, |case| case),
];

/// Names nobody's credential, without shortening a list that is too long.
fn with_unknown_credential(request: Request) -> Request {
    if request.encode().windows(3).any(|window| window == [0xAA; 3]) {
        return request;
    }
    request.list([[0xBB; 32].as_slice()])
}

#[test]
fn each_flaw_alone_has_its_status() {
    for flaw in FLAWS {
        assert_eq!(status_of(&[flaw]), flaw.1, "{}", flaw.0);
    }
}

/// Covers: GEN-18, GA-01, GA-02, GA-03, GA-04, GA-10, GA-11, GA-12
#[test]
fn of_two_flaws_the_first_is_answered() {
    let mut pairs = 0;
    for (place, first) in FLAWS.iter().enumerate() {
        for second in FLAWS.iter().skip(place + 1) {
            pairs += 1;
            // Brought about in either order, as the first must not hide the second by undoing it.
            assert_eq!(status_of(&[*first, *second]), first.1, "{} < {}", first.0, second.0);
        }
    }
    assert_eq!(pairs, 91);
}

#[test]
fn ga10_nobody_is_asked_about_a_request_that_cannot_succeed() {
    for (name, status, spoil) in FLAWS {
        let (mut sim, case) = set_up();
        let case = spoil(case);
        let prompts = send(&mut sim, case).1;
        let asked = matches!(status, 0x00 | 0x2D) || name == "salts that cannot be read"; // HS-05
        assert_eq!(prompts, usize::from(asked), "{name}");
    }
}

#[test]
fn ga02_an_unsupported_protocol_comes_where_none_does() {
    let spoil = |case: Case| Case {
        request: case.request.with(0x06, bytes(&[0; 16])).with(0x07, Value::from(3)),
        ..case
    };
    for (name, _, other) in FLAWS.iter().skip(5) {
        let (mut sim, case) = set_up();
        assert_eq!(send(&mut sim, other(spoil(case))).0, 0x02, "before {name}");
    }
}

fn status_of(flaws: &[Flaw]) -> u8 {
    let (mut sim, case) = set_up();
    let case = flaws.iter().fold(case, |case, (_, _, spoil)| spoil(case));
    send(&mut sim, case).0
}

/// A request that succeeds over a store with one credential.
fn set_up() -> (Sim, Case) {
    let mut sim = security_key();
    let credential = register(&mut sim, New::user(b"1"));
    let request = get_assertion(SITE).list([id(&credential)]);
    let profile = Profile {
        verification: BuiltInVerification::Unsupported,
        ..sim.world.authenticator.profile().clone()
    };
    (sim, Case { request, garbage: false, profile, refused: false })
}

/// The status, and how many prompts there were.
fn send(sim: &mut Sim, case: Case) -> (u8, usize) {
    let store = sim.world.store.inner.clone();
    let mut sim = Sim::over(case.profile, store, 2).expect("the same store");
    if case.refused {
        sim.user.will(Answer::Refuse(Refusal::Cancelled));
    }
    let mut request = case.request.encode();
    request.extend(case.garbage.then_some(0xFF));
    let reply = sim.send_bytes(&request);
    (reply.status, sim.user.seen.len())
}
