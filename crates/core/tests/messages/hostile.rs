//! Bytes that no platform would send: cut, changed and random ones, judged by `ciborium` as well.

use authenticator_core::{Profile, Step, decode};
use authenticator_testkit::cbor::{self, Value, at, named};
use authenticator_testkit::request::{descriptor, get_assertion, make_credential};
use authenticator_testkit::{SeededRng, Sim};
use rand_core::Rng;

/// A request with every member this authenticator reads.
fn full_make_credential() -> Vec<u8> {
    make_credential("example.com", b"user 1")
        .with(5, cbor::array([listed(b"excluded")]))
        .extension("credProtect", 2)
        .option("rk", true)
        .with(0x0B, cbor::array(["packed"]))
        .encode()
}

fn full_get_assertion(id: &[u8]) -> Vec<u8> {
    get_assertion("example.com")
        .with(3, cbor::array([listed(id)]))
        .extension("unknown", 24)
        .option("up", true)
        .encode()
}

fn listed(id: &[u8]) -> Value {
    let mut pairs = descriptor(id).as_map().cloned().unwrap_or_default();
    pairs.push(("transports".into(), cbor::array(["usb", "nfc"])));
    cbor::map(pairs)
}

/// The order of CTAP2's map keys, and the nesting depth, checked on what `ciborium` has read.
fn is_ctap2(value: &Value, depth: usize) -> bool {
    let key_order = |key: &Value| {
        let encoded = cbor::encode(key);
        (encoded[0] >> 5, encoded.len(), encoded)
    };
    match value {
        Value::Tag(..) => false,
        Value::Array(items) => depth < 4 && items.iter().all(|item| is_ctap2(item, depth + 1)),
        Value::Map(pairs) => {
            depth < 4
                && pairs.is_sorted_by(|left, right| key_order(&left.0) < key_order(&right.0))
                && pairs.iter().all(|(key, value)| is_ctap2(key, depth + 1) && is_ctap2(value, depth + 1))
        }
        _ => true,
    }
}

/// The head of a float, or of a simple value other than false, true and null.
fn is_odd(byte: &u8) -> bool {
    *byte >= 0xE0 && !matches!(byte, 0xF4..=0xF6)
}

/// Canonical in `ciborium`'s eyes. `None` where it cannot tell: it does not keep floats and simple values as they were.
fn oracle(body: &[u8]) -> Option<bool> {
    let is_agreed =
        cbor::decode(body).is_some_and(|value| cbor::encode(&value) == body && is_ctap2(&value, 0));
    (is_agreed || !body.iter().any(is_odd)).then_some(is_agreed)
}

/// Whether a makeCredential or getAssertion map holds what it must, each of the right type.
fn has_what_it_must(command: u8, body: &Value) -> bool {
    let is_text = |value: Option<&Value>| value.is_some_and(Value::is_text);
    let is_hash = |key| at(body, key).and_then(Value::as_bytes).is_some_and(|hash| hash.len() == 32);
    if command == 0x02 {
        return is_text(at(body, 1)) && is_hash(2);
    }
    let rp = at(body, 2).and_then(|rp| named(rp, "id"));
    let user = at(body, 3).and_then(|user| named(user, "id")).and_then(Value::as_bytes);
    let parameters = at(body, 4).and_then(Value::as_array);
    is_hash(1)
        && is_text(rp)
        && user.is_some_and(|id| (1..=64).contains(&id.len()))
        && parameters.is_some_and(|list| {
            list.iter()
                .all(|one| is_text(named(one, "type")) && named(one, "alg").is_some_and(Value::is_integer))
        })
}

/// Whether this is a getAssertion with `up: false`, the one command that signs without asking anybody (GA-12).
fn is_silent(request: &[u8]) -> bool {
    let body = request.strip_prefix(&[0x02]).and_then(cbor::decode);
    body.is_some_and(|body| {
        at(&body, 5).and_then(|options| named(options, "up")) == Some(&Value::Bool(false))
    })
}

/// Sends bytes as far as the first prompt or signature; nobody answers. The status, or `None` where it would go on.
fn judge(sim: &mut Sim, request: &[u8]) -> Option<u8> {
    let longest = sim.world.authenticator.profile().max_message_size;
    let decoded = decode(request, longest);
    if let (Ok(_), [command @ (0x01 | 0x02), body @ ..]) = (&decoded, request) {
        assert_ne!(oracle(body), Some(false), "accepted, but not canonical: {request:02x?}");
        let value = cbor::decode(body);
        assert!(
            value.is_none_or(|value| has_what_it_must(*command, &value)),
            "accepted, but something is missing: {request:02x?}"
        );
    }
    let step = match decoded {
        Ok(command) => command.begin(&mut sim.world.context(), sim.requester),
        Err(error) => {
            let status = authenticator_core::Error::from(error).status().code();
            if let ([0x01 | 0x02, body @ ..], 0x12) = (request, status) {
                assert_ne!(oracle(body), Some(true), "canonical, but refused as malformed: {request:02x?}");
            } else if let ([0x01 | 0x02, body @ ..], 0x11 | 0x14) = (request, status) {
                assert_ne!(
                    oracle(body),
                    Some(false),
                    "malformed, but refused as something else: {request:02x?}"
                );
            }
            return Some(status);
        }
    };
    match step {
        Step::Done(done) => {
            let mut reply = [0; 1024];
            let length = done.encode(&sim.world.session, &mut reply);
            assert!(length == 1 || reply[0] == 0x00, "an error has no body");
            Some(reply[0])
        }
        Step::NeedsUser(_) => None,
        Step::NeedsSignature(_) if is_silent(request) => None,
        other => panic!("nobody was asked before {other:?}"),
    }
}

/// An authenticator with one passkey, and a request that signs in with it.
fn furnished() -> (Sim, [Vec<u8>; 2]) {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    // Again and again in place of the one before, until the id holds no byte that `ciborium` would leave open.
    let ids = std::iter::repeat_with(|| {
        let registered = sim.send(&make_credential("example.com", b"user 1").option("rk", true));
        registered.auth_data().and_then(|data| data.credential_id).expect("registered")
    });
    let id = ids.take(2_000).find(|id| !id.iter().any(is_odd)).expect("one in some forty");
    let requests = [full_make_credential(), full_get_assertion(&id)];
    for request in &requests {
        assert_eq!(judge(&mut sim, request), None, "the whole request gets as far as the prompt");
    }
    (sim, requests)
}

/// Covers: GEN-08
#[test]
fn gen16_every_prefix_of_a_request_is_malformed() {
    let (mut sim, requests) = furnished();
    for request in requests {
        for length in 0..request.len() {
            let expected = if length == 0 { 0x03 } else { 0x12 };
            assert_eq!(judge(&mut sim, &request[..length]), Some(expected), "{length} bytes");
        }
    }
}

/// Covers: GEN-08, GEN-18
#[test]
fn gen16_every_change_of_one_byte_is_judged_as_ciborium_judges_it() {
    let (mut sim, requests) = furnished();
    let before = sim.world.store.commits();
    for request in requests {
        let (mut refused, mut went_on) = (0, 0);
        for place in 0..request.len() {
            for change in 1..=255 {
                let mut changed = request.clone();
                changed[place] ^= change;
                match judge(&mut sim, &changed) {
                    // Only the command byte itself can turn it into getInfo, which anybody may have.
                    Some(0x00) => assert_eq!((place, changed[0]), (0, 0x04), "{changed:02x?}"),
                    Some(_) => refused += 1,
                    None => went_on += 1,
                }
            }
        }
        assert!(refused > 10_000 && went_on > 1_000, "{refused} refused, {went_on} went on");
    }
    assert_eq!(sim.world.store.commits(), before, "nothing was written");
}

/// Covers: GEN-05
#[test]
fn gen16_random_bytes_get_a_status() {
    let (mut sim, requests) = furnished();
    let mut rng = SeededRng::new(20_261_120);
    let mut counts = [0_usize; 256];
    for round in 0..20_000_u32 {
        let mut input = match round % 4 {
            // Nothing but noise.
            0 => vec![0; usize::try_from(rng.next_u32() % 300).expect("fits")],
            // A known command with noise behind it.
            1 => {
                let mut input = vec![0; usize::try_from(1 + rng.next_u32() % 80).expect("fits")];
                rng.fill_bytes(&mut input);
                input[0] = [0x01, 0x02, 0x04, 0x08][usize::from(input[0] & 3)];
                input
            }
            // A request with a stretch of noise in it.
            kind => requests[usize::from(kind == 3)].clone(),
        };
        if round % 4 == 0 {
            rng.fill_bytes(&mut input);
        } else if round % 4 > 1 {
            let start = usize::try_from(rng.next_u32()).expect("fits") % input.len();
            let end = input.len().min(start + 1 + usize::try_from(rng.next_u32() % 8).expect("fits"));
            rng.fill_bytes(&mut input[start..end]);
        }
        let is_get_info = input.first() == Some(&0x04);
        match judge(&mut sim, &input) {
            Some(0x00) => assert!(is_get_info, "{input:02x?}"),
            Some(status) => counts[usize::from(status)] += 1,
            None => counts[0] += 1,
        }
    }
    for status in [0x00, 0x01, 0x11, 0x12, 0x14, 0x2E, 0x30] {
        assert!(counts[status] > 0, "status {status:02x} never came: the input is not wild enough");
    }
}

#[test]
fn gen16_huge_declared_lengths_are_malformed() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let hash = |request: &[u8]| request.windows(2).position(|pair| pair == [0x58, 32]).expect("the hash");
    for request in [full_make_credential(), full_get_assertion(b"id")] {
        let place = hash(&request);
        for major in [2_u8, 3, 4, 5] {
            for (additional, length) in [
                (25, vec![0xFF; 2]),
                (26, vec![0xFF; 4]),
                (27, vec![0xFF; 8]),
                (27, [vec![0x7F], vec![0xFF; 7]].concat()),
            ] {
                let head = [vec![(major << 5) | additional], length].concat();
                let inside = [&request[..place], &head, &request[place + 2..]].concat();
                assert_eq!(judge(&mut sim, &inside), Some(0x12));
                let outermost = [&request[..1], &head, &request[2..]].concat();
                assert_eq!(judge(&mut sim, &outermost), Some(0x12));
            }
        }
    }
}

#[test]
fn gen09_four_levels_pass_and_five_do_not() {
    let (mut sim, _) = furnished();
    let nested = |levels: usize| (0..levels).fold(Value::from(0), |inner, _| cbor::array([inner]));
    for request in [get_assertion("example.com"), make_credential("example.com", b"user")] {
        // The request map is the first level.
        assert_eq!(judge(&mut sim, &request.clone().with(0x40, nested(3)).encode()), None);
        for deeper in [4, 5, 50, 500] {
            assert_eq!(judge(&mut sim, &request.clone().with(0x40, nested(deeper)).encode()), Some(0x12));
        }
    }
}
