//! What is refused, and with what when several things are wrong at once.

extern crate std;

use super::bench::{Bench, credential_id, deletion, of, update, user};
use crate::credential::RpIdHash;
use crate::pin::{Permissions, Protocol};
use crate::profile::{Management, Profile};
use authenticator_testkit::cbor::{Value, array, bytes, map};
use authenticator_testkit::request::{Request, credential_management, descriptor};
use std::format;
use std::vec::Vec;

const SITE: &str = "example.com";

/// What can be wrong, in the order in which it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    NotOffered,
    Type,
    HashLength,
    Subcommand,
    NoParam,
    NoMember,
    NoProtocol,
    UnknownProtocol,
    Mac,
    Permission,
    BoundElsewhere,
    NotThere,
    OtherUser,
}

use Wrong::*;

/// Everything that can be wrong with each subcommand, and its status.
const OF_ALL: [(Wrong, u8); 9] = [
    (NotOffered, 0x01),
    (Type, 0x11),
    (HashLength, 0x02),
    (Subcommand, 0x3E),
    (NoParam, 0x36),
    (NoProtocol, 0x14),
    (UnknownProtocol, 0x02),
    (Mac, 0x33),
    (Permission, 0x33),
];
const OF_ONE: [(Wrong, u8); 3] = [(NoMember, 0x14), (BoundElsewhere, 0x33), (NotThere, 0x2E)];

fn of_subcommand(subcommand: u8) -> Vec<(Wrong, u8)> {
    let mut all = OF_ALL.to_vec();
    match subcommand {
        0x01 => all.push((BoundElsewhere, 0x33)),
        0x02 => all.extend([(BoundElsewhere, 0x33), (NotThere, 0x2E)]),
        0x07 => all.extend(OF_ONE.into_iter().chain([(OtherUser, 0x02)])),
        _ => all.extend(OF_ONE),
    }
    all.sort();
    all
}

/// The status of a request in which this is wrong.
fn status(subcommand: u8, wrong: &[Wrong]) -> u8 {
    let is = |what| wrong.contains(&what);
    let mut profile = Profile::security_key([0; 16]);
    let mut bench = Bench::without_token(profile.clone());
    // Of an empty store there is nothing to list.
    let id = if is(NotThere) && subcommand == 0x02 { Vec::new() } else { bench.register(SITE, b"user") };
    let permissions =
        if is(Permission) { Permissions::CONFIGURATION } else { Permissions::CREDENTIAL_MANAGEMENT };
    bench.issue(permissions, is(BoundElsewhere).then_some("other.example"));

    let site = if is(NotThere) { "unknown.example" } else { SITE };
    let id = if is(NotThere) { [1; 32].as_slice() } else { &id };
    let user_id: &[u8] = if is(OtherUser) { b"other" } else { b"user" };
    let mut parameters = match subcommand {
        0x04 => Vec::from([(0x01, bytes(&RpIdHash::of(site).0))]),
        0x06 => Vec::from([(0x02, descriptor(id))]),
        0x07 => Vec::from([(0x02, descriptor(id)), (0x03, user(user_id, &[]))]),
        _ => Vec::new(),
    };
    if is(NoMember) {
        parameters.pop();
    }
    if is(HashLength) {
        parameters.retain(|(key, _)| *key != 0x01);
        parameters.push((0x01, bytes(&[0; 31])));
    }
    if is(Type) {
        parameters.retain(|(key, _)| *key != 0x03);
        parameters.push((0x03, Value::from(1)));
    }
    let named = credential_management(if is(Subcommand) { 0x08 } else { subcommand });
    let whole = if parameters.is_empty() { named } else { named.parameters(parameters) };
    // For these two the subcommand alone is authenticated.
    let authenticated = if subcommand <= 0x02 { whole.clone().without(0x02) } else { whole.clone() };
    let signed = bench.signed(authenticated);
    let mut request = match signed.member(0x04) {
        Some(param) => whole.with(0x03, 2).with(0x04, param.clone()),
        None => whole,
    };
    if is(Mac) {
        request = request.with(0x04, bytes(&[0; 32]));
    }
    if is(UnknownProtocol) {
        request = request.with(0x03, 3);
    }
    if is(NoProtocol) {
        request = request.without(0x03);
    }
    if is(NoParam) {
        request = request.without(0x04);
    }
    if is(NotOffered) {
        profile.management = Management::OnDisplay;
        bench.authenticator.profile = profile;
    }
    bench.send(&request).status
}

/// Covers: GEN-03, GEN-18
#[test]
fn cm02_cm13_what_is_wrong_is_found_in_the_specifications_order() {
    for subcommand in [0x01, 0x02, 0x04, 0x06, 0x07] {
        assert_eq!(status(subcommand, &[]), 0x00, "subcommand {subcommand:02x}");
        let all = of_subcommand(subcommand);
        for (place, (first, expected)) in all.iter().enumerate() {
            assert_eq!(status(subcommand, &[*first]), *expected, "{subcommand:02x}: {first:?}");
            for (second, _) in all.iter().skip(place + 1) {
                let both = [*first, *second];
                assert_eq!(status(subcommand, &both), *expected, "{subcommand:02x}: {both:?}");
            }
        }
    }
}

/// Covers: CM-02
#[test]
fn cm01_cm13_continuations_are_refused_where_the_command_is_and_ask_for_nothing_else() {
    for next in [0x03, 0x05] {
        assert_eq!(status(next, &[]), 0x30);
        assert_eq!(status(next, &[NoParam]), 0x30);
        assert_eq!(status(next, &[Mac]), 0x30);
        assert_eq!(status(next, &[NotOffered]), 0x01);
        assert_eq!(status(next, &[Type]), 0x11);
    }
}

#[test]
fn cm13_there_are_seven_subcommands() {
    let mut bench = Bench::new();
    for subcommand in (0..=u8::MAX).filter(|subcommand| !(1..=7).contains(subcommand)) {
        assert_eq!(bench.send(&credential_management(subcommand)).status, 0x3E, "{subcommand:02x}");
    }
    for large in [0x101_u64, 0x1_0000_0001, u64::MAX] {
        assert_eq!(bench.send(&credential_management(1).with(0x01, large)).status, 0x3E, "{large:x}");
    }
    assert_eq!(bench.send(&credential_management(1).without(0x01)).status, 0x14);
}

#[test]
fn gen03_the_command_is_unknown_where_the_profile_does_not_have_it() {
    let both = [Management::ByClients { preview: false, read_only: false }, Management::OnDisplay];
    for (management, expected) in both.into_iter().zip([[0x36, 0x01], [0x01, 0x01]]) {
        let mut bench = Bench::without_token(Profile { management, ..Profile::security_key([0; 16]) });
        let request = credential_management(0x01);
        let by_both = [request.clone(), request.as_preview()];
        for (request, expected) in by_both.into_iter().zip(expected) {
            assert_eq!(bench.send(&request).status, expected, "{management:?}");
            if expected == 0x01 {
                // Whatever comes with it.
                let command = request.encode()[0];
                for body in [[].as_slice(), &[0xFF], &[0xA0], &[0xA1, 0x01, 0x40]] {
                    assert_eq!(bench.send_bytes(&[&[command], body].concat()).status, 0x01, "{management:?}");
                }
            }
        }
    }
}

#[test]
fn cm03_every_byte_of_subcommand_and_parameters_is_authenticated() {
    let mut bench = Bench::new();
    let id = bench.register(SITE, b"user");
    let signed = bench.signed(deletion(&id)).encode();
    let plain = bench.signed(deletion(&id));
    let other =
        plain.clone().with(0x01, 0x07).parameters([(0x02, descriptor(&id)), (0x03, user(b"user", &[]))]);
    assert_eq!(bench.send(&other).status, 0x33, "another subcommand");
    // Also members that mean nothing.
    let with_unknown = plain.clone().parameters([(0x02, descriptor(&id)), (0x20, Value::Null)]);
    assert_eq!(bench.send(&with_unknown).status, 0x33);
    let named = map([("id", bytes(&id)), ("type", "public-key".into()), ("transports", array(["usb"]))]);
    assert_eq!(bench.send(&plain.parameters([(0x02, named)])).status, 0x33);
    let place = signed.windows(id.len()).position(|window| *window == *id).unwrap();
    let mut flipped = signed.clone();
    flipped[place] ^= 1;
    assert_eq!(bench.send_bytes(&flipped).status, 0x33);
    assert_eq!(bench.send_bytes(&signed).status, 0x00);
}

#[test]
fn cm03_counts_and_relying_parties_are_authenticated_by_one_byte() {
    let mut bench = Bench::new();
    bench.register(SITE, b"user");
    for subcommand in [0x01, 0x02] {
        let signed = bench.signed(credential_management(subcommand));
        // Parameters beside it are not part of the message.
        assert_eq!(bench.send(&signed.parameters([(0x20, Value::Null)])).status, 0x00);
        let over_more = bench.signed(credential_management(subcommand).parameters([(0x20, Value::Null)]));
        assert_eq!(bench.send(&over_more).status, 0x33);
    }
}

#[test]
fn cm02_a_param_is_of_the_protocol_it_names_and_of_its_length() {
    let mut bench = Bench::new();
    let signed = bench.signed(credential_management(0x01));
    assert_eq!(bench.send(&signed.clone().with(0x03, 1)).status, 0x33);
    let param = signed.member(0x04).unwrap().as_bytes().unwrap().clone();
    for length in [0, 16, 31] {
        assert_eq!(bench.send(&signed.clone().with(0x04, bytes(&param[..length]))).status, 0x33, "{length}");
    }
    bench.protocol = Protocol::One;
    bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
    let signed = bench.signed(credential_management(0x01));
    assert_eq!(bench.send(&signed.clone().with(0x03, 2)).status, 0x33);
    assert_eq!(bench.send(&signed).status, 0x00);
}

#[test]
fn cm02_every_other_permission_is_not_enough() {
    let mut bench = Bench::new();
    let id = bench.register(SITE, b"user");
    let requests = || {
        let [metadata, relying_parties] = [0x01, 0x02].map(credential_management);
        [metadata, relying_parties, of(SITE), update(&id, user(b"user", &[])), deletion(&id)]
    };
    bench.issue(Permissions::from_bits(0xFF & !0x04), None);
    for request in requests() {
        assert_eq!(bench.manage(request.clone()).status, 0x33, "{request:?}");
    }
    bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
    for request in requests() {
        assert_eq!(bench.manage(request.clone()).status, 0x00, "{request:?}");
    }
}

/// Covers: TOK-15
#[test]
fn cm05_cm06_a_token_bound_to_a_site_sees_and_changes_nothing_else() {
    let mut bench = Bench::new();
    let own = bench.register(SITE, b"user");
    let others = bench.register("example.org", b"user");
    bench.issue(Permissions::CREDENTIAL_MANAGEMENT, Some(SITE));
    let nobody = [7; 32];
    let refused: [Request; 7] = [
        credential_management(0x01),
        credential_management(0x02),
        of("example.org"),
        deletion(&others),
        deletion(&nobody),
        update(&others, user(b"user", &[])),
        update(&nobody, user(b"user", &[])),
    ];
    for request in refused {
        assert_eq!(bench.manage(request.clone()).status, 0x33, "{request:?}");
    }
    let listed = bench.manage(of(SITE));
    assert_eq!((listed.status, credential_id(&listed)), (0x00, own.clone()));
    assert_eq!(bench.manage(update(&own, user(b"user", &[]))).status, 0x00);
    assert_eq!(bench.manage(deletion(&own)).status, 0x00);
    assert_eq!(bench.manage(of(SITE)).status, 0x2E, "its own site, with nothing left");
    assert_eq!(bench.manage(deletion(&own)).status, 0x33, "unknown by now");
    bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
    assert_eq!(bench.manage(deletion(&own)).status, 0x2E);
    assert_eq!(bench.ids("example.org"), [others]);
}

#[test]
fn cm02_members_that_lack_one_of_their_own_are_as_good_as_missing() {
    let mut bench = Bench::new();
    let id = bench.register(SITE, b"user");
    let typeless = map([("id", bytes(&id))]);
    let idless = map([("type", "public-key")]);
    let nobody = map([("name", "alice")]);
    let lacking = [
        ("no id", Vec::from([(0x02, idless)])),
        ("no type", Vec::from([(0x02, typeless)])),
        ("no user id", Vec::from([(0x02, descriptor(&id)), (0x03, nobody)])),
    ];
    for (name, parameters) in lacking {
        let request = credential_management(0x07).parameters(parameters);
        assert_eq!(bench.send(&request).status, 0x36, "{name}: authorisation is missed first");
        assert_eq!(bench.manage(request).status, 0x14, "{name}");
    }
    assert_eq!(bench.manage(credential_management(0x06)).status, 0x14, "no parameters at all");
    let text = format!("{:?}", crate::decode(&deletion(&id).encode(), 1200).unwrap());
    assert!(text.starts_with("CredentialManagement(CredentialManagement { subcommand: 6"), "{text}");
}
