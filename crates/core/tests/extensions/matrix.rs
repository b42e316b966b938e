//! Every extension × {rk, not} × {nothing, uv, PIN} × {absent, present, wrong type, wrong value, unknown}: all of them, each with
//! the status and the output that it must have.

use super::{output, profiles, registered};
use crate::pin::{GA, MC, SITE, token, with_display, with_pin};
use authenticator_core::{PinRules, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, array, bytes, map};
use authenticator_testkit::pin::Platform;
use authenticator_testkit::request::{Request, get_assertion, make_credential};

/// How the user is verified.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Proof {
    None,
    Uv,
    Pin,
}

const PROOFS: [Proof; 3] = [Proof::None, Proof::Uv, Proof::Pin];

/// What the request says of the extension.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Absent,
    Present,
    WrongType,
    WrongValue,
    /// A name that is not quite the extension's.
    Unknown,
}

const ASKED: [Asked; 5] =
    [Asked::Absent, Asked::Present, Asked::WrongType, Asked::WrongValue, Asked::Unknown];

/// One extension of registrations or of sign-ins.
struct Row {
    name: &'static str,
    present: fn(&Platform) -> Value,
    wrong_type: fn() -> Value,
    /// Of the right type; `None`: every value of the type is right.
    wrong_value: fn(&Platform) -> Option<Value>,
    /// What `wrong_value` comes to.
    refused: u8,
    /// The output, where it was asked for: whether it is there, as it must be.
    is_right: fn(rk: bool, Option<Value>) -> bool,
}

fn is_true(_: bool, output: Option<Value>) -> bool {
    matches!(output, Some(Value::Bool(true)))
}

fn is_absent(_: bool, output: Option<Value>) -> bool {
    output.is_none()
}

fn is_sealed(_: bool, output: Option<Value>) -> bool {
    output.is_some_and(|sealed| sealed.as_bytes().is_some_and(|sealed| sealed.len() == 48))
}

fn wrongly_authenticated(platform: &Platform) -> Option<Value> {
    let mut salts = platform.salts(&[7; 32]).into_map().ok()?;
    salts[2].1 = bytes(&[0; 32]);
    Some(Value::Map(salts))
}

const REGISTRATION: [Row; 8] = [
    Row {
        name: "credBlob",
        present: |_| bytes(b"a blob"),
        wrong_type: || Value::Bool(true),
        wrong_value: |_| Some(bytes(&[1; 33])),
        refused: 0x00,
        is_right: |rk, output| output == Some(Value::Bool(rk)),
    },
    Row {
        name: "credProtect",
        present: |_| 2.into(),
        wrong_type: || Value::Bool(true),
        wrong_value: |_| Some(4.into()),
        refused: 0x02,
        is_right: |_, output| output == Some(2.into()),
    },
    Row {
        name: "hmac-secret",
        present: |_| true.into(),
        wrong_type: || 1.into(),
        wrong_value: |_| None,
        refused: 0x00,
        is_right: is_true,
    },
    Row {
        name: "hmac-secret-mc",
        present: |platform| platform.salts(&[7; 32]),
        wrong_type: || true.into(),
        wrong_value: wrongly_authenticated,
        refused: 0x33,
        is_right: is_sealed,
    },
    Row {
        name: "largeBlobKey",
        present: |_| true.into(),
        wrong_type: || 1.into(),
        wrong_value: |_| Some(false.into()),
        refused: 0x2C,
        is_right: is_absent,
    },
    Row {
        name: "minPinLength",
        present: |_| true.into(),
        wrong_type: || 1.into(),
        wrong_value: |_| None,
        refused: 0x00,
        is_right: |_, output| output == Some(4.into()),
    },
    Row {
        name: "pinComplexityPolicy",
        present: |_| true.into(),
        wrong_type: || "yes".into(),
        wrong_value: |_| None,
        refused: 0x00,
        is_right: |_, output| output == Some(false.into()),
    },
    Row {
        name: "thirdPartyPayment",
        present: |_| true.into(),
        wrong_type: || Value::Null,
        wrong_value: |_| None,
        refused: 0x00,
        is_right: is_absent,
    },
];

const SIGN_IN: [Row; 4] = [
    Row {
        name: "credBlob",
        present: |_| true.into(),
        wrong_type: || bytes(&[1]),
        wrong_value: |_| None,
        refused: 0x00,
        is_right: |rk, output| output == Some(bytes(if rk { b"a blob" } else { b"" })),
    },
    Row {
        name: "hmac-secret",
        present: |platform| platform.salts(&[7; 32]),
        wrong_type: || true.into(),
        wrong_value: wrongly_authenticated,
        refused: 0x33,
        is_right: is_sealed,
    },
    Row {
        name: "largeBlobKey",
        present: |_| true.into(),
        wrong_type: || 1.into(),
        wrong_value: |_| Some(false.into()),
        refused: 0x2C,
        is_right: is_absent,
    },
    Row {
        name: "thirdPartyPayment",
        present: |_| true.into(),
        wrong_type: || Value::Null,
        wrong_value: |_| None,
        refused: 0x00,
        is_right: is_true,
    },
];

/// A device with every extension, a PIN, a verification of its host's, and [`SITE`] on the list of those that are told of PINs.
fn device() -> Sim {
    let [_, phone] = profiles();
    let rules = PinRules { complexity_policy: true, ..PinRules::default() };
    let Profile { config, reset, .. } = with_display();
    let mut sim = with_pin(Profile {
        client_pin: Some(rules),
        config,
        reset,
        max_rp_ids_for_min_pin_length: 1,
        make_cred_uv_not_rqd: true,
        ..phone
    });
    crate::pin::set_min_pin_length(&mut sim, [(0x02, array([SITE]))]);
    sim
}

/// The request with this row's input.
fn asking(row: &Row, asked: Asked, request: Request, platform: &Platform) -> Option<Request> {
    // HM-01: beside hmac-secret alone.
    let request = if row.name == "hmac-secret-mc" { request.extension("hmac-secret", true) } else { request };
    Some(match asked {
        Asked::Absent => request,
        Asked::Present => request.extension(row.name, (row.present)(platform)),
        Asked::WrongType => request.extension(row.name, (row.wrong_type)()),
        Asked::WrongValue => request.extension(row.name, (row.wrong_value)(platform)?),
        Asked::Unknown => request.extension(&format!("{}2", row.name), map([("x", Value::Null)])),
    })
}

fn proven(sim: &mut Sim, proof: Proof, permission: u64, request: Request) -> Request {
    match proof {
        Proof::None => request,
        Proof::Uv => request.option("uv", true),
        Proof::Pin => token(sim, permission).proves(request),
    }
}

/// Goes through one row, and says how many requests that took.
fn row(row: &Row, permission: u64, request: impl Fn(&mut Sim, bool) -> Request) -> usize {
    let mut count = 0;
    for (rk, proof) in [true, false].into_iter().flat_map(|rk| PROOFS.map(|proof| (rk, proof))) {
        for asked in ASKED {
            let mut sim = device();
            let plain = request(&mut sim, rk);
            let proven = proven(&mut sim, proof, permission, plain);
            let platform = Platform::connect(&mut sim, 2);
            let Some(request) = asking(row, asked, proven, &platform) else { continue };
            let reply = sim.send(&request);
            let what = format!("{} {asked:?}, rk {rk}, {proof:?}", row.name);
            let unverified = permission == MC && rk && proof == Proof::None;
            let not_discoverable = permission == MC && row.name == "largeBlobKey" && !rk;
            let expected = match asked {
                Asked::WrongType => 0x11,
                _ if unverified && row.refused == 0x02 && asked == Asked::WrongValue => 0x02, // a shape
                _ if unverified => 0x36,
                Asked::WrongValue => row.refused,
                Asked::Present if not_discoverable => 0x2C,
                _ => 0x00,
            };
            assert_eq!(reply.status, expected, "{what}");
            count += 1;
            if reply.status == 0x00 {
                let output = output(&reply, row.name);
                match asked {
                    Asked::Present => assert!((row.is_right)(rk, output.clone()), "{what}: {output:?}"),
                    Asked::WrongValue => assert_eq!(output, Some(Value::Bool(false)), "{what}"),
                    _ => assert_eq!(output, None, "{what}"),
                }
            }
        }
    }
    count
}

/// Covers: EXT-01, CPR-04, CB-01, HS-01, LBK-01, MPL-01, PCP-01, TPP-01
#[test]
fn ext03_every_input_of_a_registration_has_its_status_and_its_output() {
    let request = |_: &mut Sim, rk| make_credential(SITE, b"user").option("rk", rk);
    let counts = REGISTRATION.iter().map(|each| row(each, MC, request));
    assert_eq!(counts.sum::<usize>(), 4 * 30 + 4 * 24);
}

/// Covers: CB-03, HS-05, LBK-02, TPP-02
#[test]
fn ext03_every_input_of_a_sign_in_has_its_status_and_its_output() {
    let request = |sim: &mut Sim, rk| {
        let registration = make_credential(SITE, b"user")
            .option("rk", rk)
            .extension("credBlob", bytes(b"a blob"))
            .extension("thirdPartyPayment", true);
        let id = registered(sim, &registration.option("uv", true));
        get_assertion(SITE).list([id.as_slice()])
    };
    let counts = SIGN_IN.iter().map(|each| row(each, GA, request));
    assert_eq!(counts.sum::<usize>(), 2 * 30 + 2 * 24);
}

/// Covers: GEN-07, CPR-02
#[test]
fn ext02_all_at_once_in_canonical_order() {
    let mut sim = device();
    let platform = Platform::connect(&mut sim, 2);
    let all = REGISTRATION.iter().fold(make_credential(SITE, b"user").option("rk", true), |request, row| {
        request.extension(row.name, (row.present)(&platform))
    });
    let reply = sim.send(&all.option("uv", true));
    assert_eq!(reply.status, 0x00);
    let data = reply.auth_data().unwrap();
    let names = |outputs: Option<Value>| -> Vec<String> {
        let outputs = outputs.unwrap().into_map().unwrap().into_iter();
        outputs.map(|(name, _)| name.into_text().unwrap()).collect()
    };
    assert_eq!(
        names(data.extensions),
        ["credBlob", "credProtect", "hmac-secret", "minPinLength", "hmac-secret-mc", "pinComplexityPolicy"]
    );
    assert!(reply.member(0x05).is_some());
    let id = data.credential_id.unwrap();
    let platform = Platform::connect(&mut sim, 2);
    let all = SIGN_IN.iter().fold(get_assertion(SITE).list([id.as_slice()]), |request, row| {
        request.extension(row.name, (row.present)(&platform))
    });
    let reply = sim.send(&all.option("uv", true));
    assert_eq!(reply.status, 0x00);
    assert_eq!(
        names(reply.auth_data().unwrap().extensions),
        ["credBlob", "hmac-secret", "thirdPartyPayment"]
    );
    assert!(reply.member(0x07).is_some());
}
