//! For each deviation, and each way in which it parts the decoders, a request that shows it and nothing else.

use super::good;
use authenticator_differential::Side::{self, OnlyThey, OnlyWe, Otherwise};
use authenticator_testkit::cbor::{self, Value, array, bytes, map};
use authenticator_testkit::request::{
    Request, algorithm, client_pin, config, credential_management, get_assertion, make_credential,
    read_large_blobs,
};

fn make() -> Request {
    make_credential("example.com", b"user 1")
}

fn get() -> Request {
    get_assertion("example.com")
}

/// makeCredential with bytes of a member that nobody knows, in a map under names.
fn passed_over(value: &[u8]) -> Vec<u8> {
    let mut request = make().without(4).with(2, map([("id", "a")])).encode();
    let place = request.windows(4).position(|found| found == [0x62, b'i', b'd', 0x61]).expect("rp.id");
    request[place - 1] = 0xA2;
    let unknown = [[0x62, b'z', b'z'].as_slice(), value].concat();
    request.splice(place + 5..place + 5, unknown);
    request[1] += 1;
    request.extend(cbor::encode(&4.into()));
    request.extend(cbor::encode(&array([algorithm(-7)])));
    request
}

/// A user with this as its id.
fn user(id: Value) -> Value {
    map([("id", id)])
}

/// A key with one more label.
fn key_with(label: i64, value: Value) -> Value {
    let mut pairs = good::key().as_map().cloned().expect("a map");
    pairs.push((label.into(), value));
    map(pairs)
}

pub(crate) fn requests() -> Vec<(&'static str, Side, Vec<u8>)> {
    let mut all = malformed();
    all.extend(keys());
    let encoded = [members(), limits()].concat().into_iter();
    all.extend(encoded.map(|(name, side, request)| (name, side, request.encode())));
    all
}

fn malformed() -> Vec<(&'static str, Side, Vec<u8>)> {
    let long = get().with(0x20, bytes(&[0; 7_600])).encode();
    let long = [vec![0x04], long].concat();
    // The last member is a key with a label that they do not know, whose value is cut off.
    let mut cut = client_pin(2).with(3, good::key()).encode();
    let place = cut.iter().position(|byte| *byte == 0xA5).expect("the key");
    cut[place] += 1;
    cut.push(0x23);
    let swapped = [vec![0x02, 0xA2], vec![0x02, 0x58, 32], vec![0xCD; 32], vec![0x01, 0x61, b'a']].concat();
    vec![
        ("longer than a message", OnlyThey, long),
        ("a command that we do not have", OnlyThey, vec![0x42]),
        ("no CBOR", OnlyThey, cut),
        ("bytes behind the parameters", OnlyThey, [get().encode(), vec![0x00]].concat()),
        ("keys out of order or twice", OnlyThey, swapped),
        ("a number not in its shortest form", OnlyThey, passed_over(&[0x18, 0x01])),
        ("a tag", OnlyThey, passed_over(&[0xC0, 0x60])),
        ("a text that is not UTF-8", OnlyThey, passed_over(&[0x61, 0xFF])),
        ("more than four levels", OnlyThey, passed_over(&[0x81, 0x81, 0x81, 0x80])),
    ]
}

fn keys() -> Vec<(&'static str, Side, Vec<u8>)> {
    let (by_bytes, by_number, out_of_step) =
        ("bytes for a name", "a number for a name", "a label in a key that they do not know");
    let option = |key: Value, value: Value| get().with(5, map([(key, value)]));
    let rp = |key: Value| make().with(2, map([(key, "example.com")]));
    // Behind the label they take its value for a key, and the key behind it for a value.
    let pin = |value: Value| client_pin(2).with(3, key_with(-4, value)).with(4, bytes(&[4]));
    vec![
        (by_bytes, OnlyWe, option(bytes(b"up"), 1.into()).encode()),
        (by_bytes, OnlyThey, rp(bytes(b"id")).encode()),
        (by_bytes, Otherwise, option(bytes(b"up"), false.into()).encode()),
        (by_number, OnlyWe, option(1.into(), 1.into()).encode()),
        (by_number, OnlyThey, rp(0.into()).encode()),
        (by_number, Otherwise, option(1.into(), false.into()).encode()),
        (out_of_step, OnlyWe, pin("text".into()).encode()),
        (out_of_step, OnlyThey, pin(9.into()).with(4, "text").encode()),
        (out_of_step, Otherwise, pin(9.into()).encode()),
    ]
}

fn members() -> Vec<(&'static str, Side, Request)> {
    let key = |curve: i64| {
        let (x, y) = (bytes(&[1; 32]), bytes(&[2; 32]));
        map([(1, 2.into()), (3, Value::from(-25)), (-1, curve.into()), (-2, x), (-3, y)])
    };
    let url = map([("id", Value::from("a")), ("url", 1.into())]);
    let odd_key = map([(Value::from("id"), Value::from("a")), (Value::from(-1), Value::Null)]);
    let transports = map([("id", bytes(b"id")), ("type", "public-key".into()), ("transports", 1.into())]);
    vec![
        ("an unknown member", OnlyWe, get().with(0x0A, 1)),
        ("a key that is no name", OnlyWe, make().with(2, odd_key)),
        ("null for nothing", OnlyThey, get().with(5, map([("up", Value::Null)]))),
        ("numbers for bytes", OnlyThey, make().with(3, user(array([1, 2])))),
        ("a subcommand that they do not have", OnlyWe, client_pin(8)),
        ("parameters of a subcommand that has none", OnlyWe, config(2).parameters([(1, "text".into())])),
        (
            "an incomplete entity to manage",
            OnlyWe,
            credential_management(6).parameters([(2, map([("id", bytes(b"id"))]))]),
        ),
        ("a key that is not one of ECDH", OnlyWe, client_pin(3).with(3, key(2))),
        ("members 7 and 8 of clientPIN", OnlyWe, client_pin(1).with(7, 1)),
        ("members 8 and 9 of getAssertion", OnlyWe, get().with(8, true)),
        ("a relying party's `url`", OnlyWe, make().with(2, url)),
        ("a type that they do not look at", OnlyThey, get().with(3, array([transports]))),
        (
            "a largeBlob of another shape",
            OnlyThey,
            make().extension("largeBlob", map([("support", "maybe")])),
        ),
        ("a hash of another length", OnlyThey, get().with(2, bytes(&[0; 31]))),
        ("an empty user id", OnlyThey, make().with(3, user(bytes(&[])))),
        ("another level of protection", OnlyThey, make().extension("credProtect", 4)),
    ]
}

fn limits() -> Vec<(&'static str, Side, Request)> {
    let crowd = array([algorithm(-7), algorithm(-7), algorithm(-8)]);
    vec![
        ("a number beyond their type", OnlyWe, client_pin(1).with(1, 256)),
        ("a text longer than theirs", OnlyWe, make().with(2, map([("id", "a".repeat(257))]))),
        (
            "bytes longer than theirs",
            OnlyWe,
            credential_management(7).parameters([(3, user(bytes(&[1; 65])))]),
        ),
        ("a list longer than theirs", OnlyWe, get().list([b"id".as_slice(); 11])),
        ("a preference crowded out", Otherwise, make().with(4, crowd)),
        ("ES384", Otherwise, make().with(4, array([algorithm(-35), algorithm(-7)]))),
        ("large blobs without an offset", OnlyWe, read_large_blobs(1, 0).without(3)),
    ]
}
