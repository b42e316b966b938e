//! clientPIN: a request that breaks two rules gets the code of the first, for every pair of rules of every subcommand
//! (CTAP 2.3 §6.5.5, in the order of its steps).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod pin;

use authenticator_core::{BuiltInVerification, Error, Profile, Refusal, decode};
use authenticator_testkit::cbor::bytes;
use authenticator_testkit::pin::{Platform, padded, subcommand};
use authenticator_testkit::request::Request;
use authenticator_testkit::{Answer, Sim};
use pin::*;

/// A rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    Trailing,
    WrongType,
    /// Without the member of this key.
    Missing(i64),
    Protocol,
    /// A member that this subcommand does not take.
    Permissions,
    RpId,
    NoPermissions,
    NoRpId,
    Denied,
    NotSetUp,
    FingersBlocked,
    AlreadySet,
    NotSet,
    Blocked,
    PowerCycle,
    Point,
    Forged,
    Declined,
    WrongPin,
    Ciphertext,
    Length,
    TooShort,
    /// The PIN must be changed.
    MustChange,
    /// It must be changed, and would not be.
    Same,
}

use Break::*;

/// A rule, its place in the order, and its status. Of rules in one place no order is tested: they exclude each other, or
/// come to the same.
type Rule = (Break, u8, u8);

const SET: &[Rule] = &[
    (Trailing, 0, 0x12),
    (WrongType, 1, 0x11),
    (Missing(0x02), 2, 0x14),
    (Missing(0x01), 3, 0x14),
    (Missing(0x03), 3, 0x14),
    (Missing(0x04), 3, 0x14),
    (Missing(0x05), 3, 0x14),
    (Protocol, 4, 0x02),
    (AlreadySet, 5, 0x33),
    (Point, 6, 0x02),
    (Forged, 7, 0x33),
    (Ciphertext, 8, 0x33),
    (Length, 9, 0x02),
    (TooShort, 10, 0x37),
];

const CHANGE: &[Rule] = &[
    (Trailing, 0, 0x12),
    (WrongType, 1, 0x11),
    (Missing(0x02), 2, 0x14),
    (Missing(0x01), 3, 0x14),
    (Missing(0x03), 3, 0x14),
    (Missing(0x04), 3, 0x14),
    (Missing(0x05), 3, 0x14),
    (Missing(0x06), 3, 0x14),
    (Protocol, 4, 0x02),
    (NotSet, 5, 0x35),
    (Blocked, 6, 0x32),
    (PowerCycle, 7, 0x34),
    (Point, 8, 0x02),
    (Forged, 9, 0x33),
    (WrongPin, 10, 0x31),
    (Ciphertext, 11, 0x33),
    (Length, 12, 0x02),
    (TooShort, 13, 0x37),
    (Same, 13, 0x37),
];

const PIN_TOKEN: &[Rule] = &[
    (Trailing, 0, 0x12),
    (WrongType, 1, 0x11),
    (Missing(0x02), 2, 0x14),
    (Missing(0x01), 3, 0x14),
    (Missing(0x03), 3, 0x14),
    (Missing(0x06), 3, 0x14),
    (Protocol, 4, 0x02),
    (Permissions, 5, 0x02),
    (RpId, 5, 0x02),
    (NotSet, 6, 0x35),
    (Blocked, 7, 0x32),
    (PowerCycle, 8, 0x34),
    (Point, 9, 0x02),
    (Declined, 10, 0x27),
    (WrongPin, 11, 0x31),
    (MustChange, 12, 0x31),
];

const TOKEN_USING_PIN: &[Rule] = &[
    (Trailing, 0, 0x12),
    (WrongType, 1, 0x11),
    (Missing(0x02), 2, 0x14),
    (Missing(0x01), 3, 0x14),
    (Missing(0x03), 3, 0x14),
    (Missing(0x06), 3, 0x14),
    (Missing(0x09), 3, 0x14),
    (Protocol, 4, 0x02),
    (NoPermissions, 5, 0x02),
    (NoRpId, 6, 0x14),
    (Denied, 7, 0x40),
    (NotSet, 8, 0x35),
    (Blocked, 9, 0x32),
    (PowerCycle, 10, 0x34),
    (Point, 11, 0x02),
    (Declined, 12, 0x27),
    (WrongPin, 13, 0x31),
    (MustChange, 14, 0x37),
];

const TOKEN_USING_VERIFICATION: &[Rule] = &[
    (Trailing, 0, 0x12),
    (WrongType, 1, 0x11),
    (Missing(0x02), 2, 0x14),
    (Missing(0x01), 3, 0x14),
    (Missing(0x03), 3, 0x14),
    (Missing(0x09), 3, 0x14),
    (Protocol, 4, 0x02),
    (NoPermissions, 5, 0x02),
    (NoRpId, 6, 0x14),
    (Denied, 7, 0x40),
    (NotSetUp, 8, 0x30),
    (FingersBlocked, 8, 0x3C),
    (Point, 9, 0x02),
    (Declined, 10, 0x27),
];

/// Two rules that one request cannot break both.
const EXCLUSIVE: [[Break; 2]; 7] = [
    [NotSet, Blocked],
    [NotSet, PowerCycle],
    [NotSet, MustChange],
    [NotSet, Same],
    [NoPermissions, NoRpId],
    [NoPermissions, Denied],
    // A request without permissions has none to deny, and none that wants a site.
    [Missing(0x09), NoPermissions],
];

/// What the request comes to with these rules broken: its status, and precisely why.
fn run(number: u64, broken: &[Break]) -> Result<(), (u8, Error)> {
    let is = |rule| broken.contains(&rule);
    let mut sim = prepared(number, &is);
    let request = request(&mut sim, number, &is);
    let request = broken.iter().fold(request, |request, rule| match rule {
        Missing(key) => request.without(*key),
        _ => request,
    });
    let request = if is(WrongType) { request.with(0x09, "1") } else { request };
    let mut encoded = request.encode();
    if is(Trailing) {
        encoded.push(0);
    }
    if is(Declined) {
        sim.user.will(Answer::Refuse(Refusal::Declined));
    }
    let result = match decode(&encoded, 1200) {
        Ok(command) => sim.run(command).result.map(|_| ()),
        Err(error) => Err(error.into()),
    };
    result.map_err(|error| (error.status().code(), error))
}

/// The authenticator before the request.
fn prepared(number: u64, is: &impl Fn(Break) -> bool) -> Sim {
    let by_verification = number == subcommand::TOKEN_USING_UV;
    let verification =
        if is(NotSetUp) { BuiltInVerification::NotConfigured } else { BuiltInVerification::Configured };
    let profile = match by_verification {
        true => Profile { verification, ..biometric_key() },
        false => with_display(),
    };
    let mut sim = Sim::new(profile);
    let has_pin = if number == subcommand::SET_PIN { is(AlreadySet) } else { !is(NotSet) };
    if has_pin {
        assert_eq!(set_pin(&mut sim, PIN), 0x00);
    }
    if is(MustChange) || is(Same) {
        force_change(&mut sim);
    }
    // How many wrong PINs in each boot.
    let wrong: &[usize] = match (is(Blocked), is(PowerCycle)) {
        (true, true) => &[2, 3, 3],
        (true, false) => &[3, 3, 2],
        (false, true) => &[3],
        (false, false) => &[],
    };
    for (boot, count) in wrong.iter().enumerate() {
        if boot > 0 {
            unplug(&mut sim);
        }
        for _ in 0..*count {
            assert_ne!(try_pin(&mut sim, "0000"), 0x00);
        }
    }
    if is(FingersBlocked) {
        for _ in 0..5 {
            sim.user.will(Answer::Refuse(Refusal::VerificationFailed { left: 1 }));
            let platform = Platform::connect(&mut sim, 2);
            sim.send(&token_by_verification(&platform, CM, None));
        }
    }
    sim
}

fn request(sim: &mut Sim, number: u64, is: &impl Fn(Break) -> bool) -> Request {
    let platform = Platform::connect(sim, 2);
    let old = if is(WrongPin) { "0000" } else { PIN };
    let new = match (is(TooShort), is(Same)) {
        (true, _) => "12",
        (false, true) => PIN,
        (false, false) => "5678",
    };
    let permissions = match (is(NoPermissions), is(Denied)) {
        (true, _) => 0,
        (false, true) => MC | BE,
        (false, false) => MC,
    };
    let rp_id = Some(SITE).filter(|_| !is(NoRpId));
    let mut plaintext = padded(new);
    plaintext.truncate(if is(Length) { 48 } else { 64 });
    let mut encrypted = platform.encrypt(&plaintext);
    encrypted.truncate(encrypted.len() - usize::from(is(Ciphertext)));
    let hash = platform.pin_hash(old);
    let signed = |request: Request, message: &[u8]| {
        let param = if is(Forged) { vec![0; 32] } else { platform.authenticate(message) };
        request.with(0x04, bytes(&param)).with(0x05, bytes(&encrypted))
    };
    let mut request = match number {
        subcommand::SET_PIN => signed(platform.set_pin(new), &encrypted),
        subcommand::CHANGE_PIN => {
            signed(platform.change_pin(old, new), &[encrypted.as_slice(), &hash].concat())
                .with(0x06, bytes(&hash))
        }
        subcommand::PIN_TOKEN => platform.pin_token(old),
        subcommand::TOKEN_USING_PIN => platform.token_for(old, permissions, rp_id),
        subcommand::TOKEN_USING_UV => token_by_verification(&platform, permissions, rp_id),
        _ => panic!("subcommand {number}"),
    };
    if is(Permissions) {
        request = request.with(0x09, MC);
    }
    if is(RpId) {
        request = request.with(0x0A, SITE);
    }
    if is(Protocol) {
        request = request.with(0x01, 3);
    }
    if is(Point) {
        let off_the_curve = [(1, 2.into()), (-1, 1.into()), (-2, bytes(&[1; 32])), (-3, bytes(&[1; 32]))];
        request = request.with(0x03, authenticator_testkit::cbor::map(off_the_curve));
    }
    request
}

fn holds(number: u64, rules: &[Rule]) {
    assert_eq!(run(number, &[]), Ok(()), "with no rule broken it succeeds");
    let alone: Vec<_> = rules
        .iter()
        .map(|(rule, _, status)| {
            let failure = run(number, &[*rule]).unwrap_err();
            assert_eq!(failure.0, *status, "{rule:?}");
            failure
        })
        .collect();
    for ((first, place, _), failure) in rules.iter().zip(&alone) {
        for (second, ..) in rules.iter().filter(|(_, later, _)| place < later) {
            if EXCLUSIVE.contains(&[*first, *second]) {
                continue;
            }
            assert_eq!(run(number, &[*first, *second]), Err(*failure), "{first:?} and {second:?}");
        }
    }
    // All that go together at once: each decides once those before it are kept.
    for (index, failure) in alone.iter().enumerate() {
        let mut broken: Vec<Break> = Vec::new();
        for (rule, ..) in rules.iter().skip(index) {
            let fits = |other: &Break| !EXCLUSIVE.contains(&[*other, *rule]);
            if broken.iter().all(fits) {
                broken.push(*rule);
            }
        }
        assert_eq!(run(number, &broken), Err(*failure), "{broken:?}");
    }
}

/// Covers: CP-07
#[test]
fn cp06_the_order_of_set_pin() {
    holds(subcommand::SET_PIN, SET);
}

/// Covers: CP-07, CP-12, CP-14
#[test]
fn cp08_the_order_of_change_pin() {
    holds(subcommand::CHANGE_PIN, CHANGE);
}

/// Covers: CP-12, CP-14
#[test]
fn cp10_the_order_of_get_pin_token() {
    holds(subcommand::PIN_TOKEN, PIN_TOKEN);
}

/// Covers: CP-11a, CP-12, CP-14
#[test]
fn cp11_the_order_of_a_token_using_the_pin() {
    holds(subcommand::TOKEN_USING_PIN, TOKEN_USING_PIN);
}

/// Covers: CP-11a
#[test]
fn cp16_the_order_of_a_token_using_verification() {
    holds(subcommand::TOKEN_USING_UV, TOKEN_USING_VERIFICATION);
}
