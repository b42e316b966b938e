//! Requests as platforms send them, which both decoders take.

use authenticator_testkit::cbor::{self, Value};
use authenticator_testkit::request::{
    Request, algorithm, client_pin, config, credential_management, descriptor, get_assertion,
    make_credential, read_large_blobs, write_large_blobs,
};

fn make() -> Request {
    make_credential("example.com", b"user 1")
}

fn get() -> Request {
    get_assertion("example.com")
}

/// A key of ECDH.
pub(crate) fn key() -> Value {
    let (x, y) = (cbor::bytes(&[0xA1; 32]), cbor::bytes(&[0xB2; 32]));
    cbor::map([(1, 2.into()), (3, Value::from(-25)), (-1, 1.into()), (-2, x), (-3, y)])
}

/// What hmac-secret is asked with.
pub(crate) fn salts() -> Value {
    let sealed = [(2, cbor::bytes(&[2; 48])), (3, cbor::bytes(&[3; 16])), (4, 2.into())];
    cbor::map([(1, key())].into_iter().chain(sealed))
}

fn user(id: &[u8], name: &str) -> Value {
    cbor::map([("id", cbor::bytes(id)), ("name", name.into()), ("displayName", name.into())])
}

/// A descriptor with transports.
fn listed(id: &[u8]) -> Value {
    let transports = ("transports", cbor::array(["usb"]));
    cbor::map([("id", cbor::bytes(id)), ("type", "public-key".into()), transports])
}

fn managed(subcommand: u8, parameters: impl IntoIterator<Item = (i64, Value)>) -> Request {
    credential_management(subcommand).parameters(parameters).with(3, 2).with(4, cbor::bytes(&[4; 32]))
}

fn configured(subcommand: u8, parameters: impl IntoIterator<Item = (i64, Value)>) -> Request {
    config(subcommand).parameters(parameters).with(3, 2).with(4, cbor::bytes(&[4; 32]))
}

/// One request of each command with about everything that it may have, but short: every byte of it will be changed.
pub(crate) fn full() -> Vec<Vec<u8>> {
    let short = |length: usize| cbor::bytes(&vec![7; length]);
    let sealed = [(2, short(16)), (3, short(16)), (4, 2.into())];
    let asked = || cbor::map([(1, key())].into_iter().chain(sealed.clone()));
    let rp_ids = cbor::array(["a.example", "b.example"]);
    let requests = [
        make().with(5, cbor::array([listed(b"listed")])).option("rk", true).with(8, short(2)).with(9, 1),
        make()
            .without(8)
            .extension("credBlob", short(3))
            .extension("credProtect", 2)
            .extension("largeBlobKey", true)
            .extension("minPinLength", true)
            .extension("thirdPartyPayment", true)
            .with(10, 1)
            .with(11, cbor::array(["packed"])),
        make().extension("hmac-secret", true).extension("hmac-secret-mc", asked()),
        get().with(3, cbor::array([listed(b"listed")])).option("up", false).with(6, short(2)).with(7, 1),
        get().extension("credBlob", true).extension("hmac-secret", asked()).extension("largeBlobKey", true),
        client_pin(9).with(1, 1).with(6, short(16)).with(9, 3).with(10, "example.com"),
        client_pin(4).with(1, 2).with(3, key()).with(4, short(16)).with(5, short(4)).with(6, short(4)),
        managed(7, [(1, short(32)), (2, descriptor(b"id")), (3, user(b"user", "alice"))]),
        configured(3, [(1, 6.into()), (2, rp_ids), (3, true.into())]),
        config(2).with(3, 2).with(4, short(4)),
        write_large_blobs(b"0123456789abcdefg", 0, Some(17)).with(5, short(16)).with(6, 1),
    ];
    requests.iter().map(Request::encode).collect()
}

/// All of them.
pub(crate) fn requests() -> Vec<Vec<u8>> {
    let mut all = registrations();
    all.extend(sign_ins());
    all.extend(pins());
    all.extend(management());
    all.extend(configuration());
    all.extend(large_blobs());
    let mut encoded: Vec<_> = all.iter().map(Request::encode).collect();
    // Nobody looks at what comes with a command that has no parameters (GEN-13).
    encoded.extend(
        [0x04, 0x07, 0x08, 0x0B].into_iter().flat_map(|command| [vec![command], vec![command, 0xFF]]),
    );
    encoded.extend(full());
    encoded
}

const IDS: [&[u8]; 3] = [b"0123456789abcdef", &[0xFF; 64], &[0; 96]];

fn registrations() -> Vec<Request> {
    let other_type = cbor::map([("id", cbor::bytes(b"id")), ("type", Value::from("password"))]);
    let mut all = vec![
        make(),
        make().with(2, cbor::map([("id", "localhost")])),
        make().with(2, cbor::map([("id", "localhost"), ("icon", "https://example.com/")])),
        make().with(3, cbor::map([("id", cbor::bytes(&[7; 64]))])),
        make().with(3, user(&[0], "")),
        make().with(3, user(b"user", &"n".repeat(65))),
        make().with(3, user(b"user", &"é".repeat(40))),
        make().with(3, user(b"user", &format!("a{}", "日".repeat(30)))),
        make().with(4, cbor::array([algorithm(-8)])),
        make().with(4, cbor::array([algorithm(-8), algorithm(-257), algorithm(-7)])),
        make().with(4, cbor::array([algorithm(-7), algorithm(-7)])),
        make().with(4, cbor::array([algorithm(-65535)])),
        make().with(4, Value::Array(vec![])),
        make().list(IDS),
        make().list([b"listed".as_slice(); 16]),
        make().with(5, cbor::array([other_type, listed(b"id")])),
        make().with(8, cbor::bytes(&[])).with(9, 1),
        make().with(8, cbor::bytes(&[9; 32])).with(9, 2).option("uv", true),
        make().with(9, 0xFFFF_FFFF_u64).with(10, 1),
        make().with(11, cbor::array(["packed", "none"])),
        make().with(11, cbor::array(["tpm", "none", "fido-u2f", "none"])),
        make().extension("hmac-secret", true).extension("hmac-secret-mc", salts()),
        make().extension("credBlob", cbor::bytes(&[1; 33])).extension("credProtect", 3),
        make().extension("unknown", cbor::array([1])),
    ];
    all.extend([1, 2, 3].map(|level| make().extension("credProtect", level)));
    for value in [false, true] {
        all.extend(["rk", "up", "uv"].map(|name| make().option(name, value)));
        let flags =
            ["hmac-secret", "largeBlobKey", "minPinLength", "thirdPartyPayment", "pinComplexityPolicy"];
        all.extend(flags.map(|name| make().extension(name, value)));
    }
    all
}

fn sign_ins() -> Vec<Request> {
    let without_protocol = [(1, key()), (2, cbor::bytes(&[2; 80])), (3, cbor::bytes(&[3; 32]))];
    let mut all = vec![
        get(),
        get().list(IDS),
        get().list([b"listed".as_slice(); 10]),
        get().with(6, cbor::bytes(&[6; 16])).with(7, 1),
        get().with(8, 1).with(9, cbor::array(["packed"])),
        get().extension("hmac-secret", salts()),
        get().extension("hmac-secret", cbor::map(without_protocol)),
    ];
    for value in [false, true] {
        all.extend(["rk", "up", "uv"].map(|name| get().option(name, value)));
        all.extend(
            ["credBlob", "largeBlobKey", "thirdPartyPayment"].map(|name| get().extension(name, value)),
        );
    }
    all
}

fn pins() -> Vec<Request> {
    let pin = |subcommand| client_pin(subcommand).with(1, 1).with(3, key());
    let hash = || cbor::bytes(&[6; 16]);
    vec![
        client_pin(1),
        client_pin(2).with(1, 2),
        client_pin(7).with(1, 1),
        client_pin(1).with(7, Value::Null).with(8, Value::Null),
        pin(3).with(4, cbor::bytes(&[4; 32])).with(5, cbor::bytes(&[5; 80])),
        pin(4).with(4, cbor::bytes(&[4; 16])).with(5, cbor::bytes(&[5; 64])).with(6, hash()),
        pin(5).with(6, hash()),
        pin(6).with(9, 0x83).with(10, "example.com"),
        pin(9).with(6, hash()).with(9, 4),
    ]
}

fn management() -> Vec<Request> {
    let named = || (2, descriptor(b"0123456789abcdef"));
    let mut all: Vec<_> = (1..=7).map(credential_management).collect();
    all.extend([
        credential_management(1).as_preview(),
        managed(4, [(1, cbor::bytes(&[1; 32]))]),
        managed(6, [named()]),
        managed(6, [(2, cbor::map([("id", cbor::bytes(b"id")), ("type", Value::from("password"))]))]),
        managed(7, [named(), (3, user(b"user", ""))]),
        managed(7, [named(), (3, user(&[7; 64], &"é".repeat(40)))]).as_preview(),
    ]);
    all
}

fn large_blobs() -> [Request; 4] {
    [
        read_large_blobs(960, 17),
        write_large_blobs(&[], 0, Some(4096)),
        write_large_blobs(&[7; 960], 960, None),
        write_large_blobs(&[7; 960], 960, None).with(5, cbor::bytes(&[5; 32])).with(6, 2),
    ]
}

fn configuration() -> Vec<Request> {
    let mut all: Vec<_> = [1, 2, 3, 4, 0xFF].into_iter().map(config).collect();
    all.extend([
        configured(1, [(1, 6.into())]),
        configured(2, [(3, true.into())]),
        configured(3, []),
        configured(3, [(1, 63.into())]),
        configured(3, [(2, Value::Array(vec![]))]),
        configured(3, [(2, cbor::array(["a.example", "b.example", "c.example", "a.example"]))]),
        configured(3, [(3, false.into())]),
    ]);
    all
}
