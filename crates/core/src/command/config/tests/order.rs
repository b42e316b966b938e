//! Of two faults of a request the first check's status is given (CFG-01, CFG-03, CFG-12).

extern crate std;

use super::{everything, refused};
use crate::command::bench::{Bench, ConfigRequest};
use crate::pin::{Permissions, Protocol};
use crate::profile::{BuiltInVerification, PinRules, Profile};
use authenticator_testkit::cbor::{Value, array, map};
use std::{vec, vec::Vec};

/// A setMinPINLength request in parts, so that any of them can be spoiled.
struct Parts {
    subcommand: Option<Value>,
    /// Of two with one key the first is sent.
    parameters: Vec<(i64, Value)>,
    protocol: Option<Value>,
    param: Param,
    permissions: Permissions,
    trailing: bool,
}

impl Parts {
    fn parameter(&mut self, key: i64, value: impl Into<Value>) {
        self.parameters.insert(0, (key, value.into()));
    }
}

enum Param {
    Good,
    Forged,
    Absent,
}

struct Fault {
    name: &'static str,
    status: u8,
    spoil: fn(&mut Parts),
}

/// The faults in the order in which they are found. What parameters there are, and so their types, the subcommand says.
const FAULTS: [Fault; 13] = [
    Fault { name: "trailing byte", status: 0x12, spoil: |parts| parts.trailing = true },
    Fault { name: "protocol is text", status: 0x11, spoil: |parts| parts.protocol = Some(Value::from("2")) },
    Fault { name: "no subcommand", status: 0x14, spoil: |parts| parts.subcommand = None },
    Fault {
        name: "unknown subcommand",
        status: 0x3E,
        spoil: |parts| parts.subcommand = Some(Value::from(9)),
    },
    Fault { name: "length is text", status: 0x11, spoil: |parts| parts.parameter(1, "8") },
    Fault { name: "RP ID is a number", status: 0x11, spoil: |parts| parts.parameter(2, array([1])) },
    Fault { name: "no param", status: 0x36, spoil: |parts| parts.param = Param::Absent },
    Fault { name: "no protocol", status: 0x14, spoil: |parts| parts.protocol = None },
    Fault { name: "unknown protocol", status: 0x02, spoil: |parts| parts.protocol = Some(Value::from(3)) },
    Fault { name: "forged param", status: 0x33, spoil: |parts| parts.param = Param::Forged },
    Fault {
        name: "no permission",
        status: 0x33,
        spoil: |parts| parts.permissions = Permissions::CREDENTIAL_MANAGEMENT,
    },
    Fault {
        name: "RP IDs that nobody is told of",
        status: 0x02,
        spoil: |parts| parts.parameter(2, array(["example.com"])),
    },
    Fault { name: "too short", status: 0x37, spoil: |parts| parts.parameter(1, 3) },
];

/// Where the host verifies and no PIN is set, so that forceChangePin, which every request here has, is the last fault.
fn bench() -> Bench {
    let verification = BuiltInVerification::Configured;
    Bench::new(Profile { verification, max_rp_ids_for_min_pin_length: 0, ..everything() })
}

/// Of two faults in one member the one given last is sent.
fn send(faults: &[&Fault]) -> u8 {
    let mut bench = bench();
    let mut parts = Parts {
        subcommand: Some(Value::from(3)),
        parameters: vec![(3, Value::from(true))],
        protocol: Some(Value::from(2)),
        param: Param::Good,
        permissions: Permissions::CONFIGURATION,
        trailing: false,
    };
    faults.iter().for_each(|fault| (fault.spoil)(&mut parts));
    let mut parameters: Vec<(i64, Value)> = vec![];
    for (key, value) in parts.parameters {
        if parameters.iter().all(|(other, _)| *other != key) {
            parameters.push((key, value));
        }
    }
    let request = ConfigRequest::new(3).with(2, map(parameters));
    let token = bench.token(Protocol::Two, parts.permissions);
    let request = match parts.param {
        Param::Good => request.by(2, &token),
        Param::Forged => request.by(2, &[0x11; 32]),
        Param::Absent => request,
    };
    let mut encoded = request.maybe(1, parts.subcommand).maybe(3, parts.protocol).encode();
    if parts.trailing {
        encoded.push(0x00);
    }
    let (status, body) = bench.send(&encoded);
    assert_eq!((body.as_slice(), bench.commits), (&[][..], 0));
    status
}

#[test]
fn cfg01_cfg03_each_fault_alone_has_its_status_and_of_two_the_first() {
    for (place, first) in FAULTS.iter().enumerate() {
        assert_eq!(send(&[first]), first.status, "{}", first.name);
        for second in FAULTS.iter().skip(place + 1) {
            assert_eq!(send(&[second, first]), first.status, "{}, {}", first.name, second.name);
        }
    }
    assert_eq!(send(&[]), 0x35, "a PIN that is not set cannot be changed, which is found last");
}

/// The order inside setMinPINLength, where nobody need be authorised.
#[test]
fn cfg12_cfg13_what_is_not_supported_then_the_length_then_the_pin() {
    let rules = Some(PinRules { complexity_policy: false, ..PinRules::default() });
    let send = |parameters: &[(i64, Value)]| {
        let mut bench = Bench::new(Profile { client_pin: rules.clone(), ..everything() });
        bench.send(&ConfigRequest::new(3).with(2, map(parameters.to_vec())).encode()).0
    };
    let (complexity, short, force) = ((4, Value::from(true)), (1, Value::from(3)), (3, Value::from(true)));
    assert_eq!(send(&[short.clone(), force.clone(), complexity]), 0x02);
    assert_eq!(send(&[(4, Value::from(false))]), 0x02);
    assert_eq!(send(&[short, force.clone()]), 0x37);
    assert_eq!(send(&[force]), 0x35);
    assert_eq!(send(&[]), 0x00);
}

#[test]
fn cfg01_types_come_before_what_is_missing_and_before_the_subcommand() {
    let mut bench = bench();
    for (request, status) in [
        (&[0x0D][..], 0x12),
        (&[0x0D, 0x80], 0x11),
        (&[0x0D, 0xA0], 0x14),
        (&[0x0D, 0xA1, 0x01, 0x20], 0x11),
        (&[0x0D, 0xA1, 0x02, 0x00], 0x11),
        (&[0x0D, 0xA2, 0x01, 0x09, 0x02, 0x00], 0x11),
        (&[0x0D, 0xA2, 0x01, 0x01, 0x02, 0x80], 0x11),
        (&[0x0D, 0xA1, 0x04, 0x60], 0x11),
        (&[0x0D, 0xA2, 0x01, 0x03, 0x02, 0xA1, 0x03, 0x01], 0x11),
        (&[0x0D, 0xA2, 0x01, 0x03, 0x02, 0xA1, 0x04, 0xF6], 0x11),
        (&[0x0D, 0xA2, 0x01, 0x03, 0x02, 0xA1, 0x02, 0xF5], 0x11),
        (&[0x0D, 0xA2, 0x02, 0xA0, 0x01, 0x03], 0x12),
        (&[0x0D, 0xA1, 0x01, 0x18, 0x03], 0x12),
    ] {
        assert_eq!(bench.send(request), refused(status), "{request:02x?}");
    }
}
