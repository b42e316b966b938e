//! What an authenticator answers in its life, with about everything that it has.

use authenticator_core::{
    Algorithm, BuiltInVerification, ConfigCommand, EnterpriseAttestation, Format, LargeBlobStorage,
    Management, PinRules, Profile, Transport,
};
use authenticator_testkit::cbor::{self, Value, at};
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{
    Request, algorithm, client_pin, config, credential_management, get_assertion, large_blob_array,
    large_blob_fragments, make_credential, read_large_blobs,
};
use authenticator_testkit::{Keystore, Sim};
use sha2::{Digest, Sha256};

const PIN: &str = "1234";
/// Credentials managed, large blobs written, settings changed.
const PERMISSIONS: u64 = 0x34;

/// One certificate, which their types hold, and two, which they do not.
const CHAINS: [&[&[u8]]; 2] = [&[&[0x30; 300]], &[&[0x30; 300], &[0x30; 300]]];

fn security_key(attestation: Format, chain: &'static [&'static [u8]]) -> Sim {
    let keystore = Keystore::default();
    let key = keystore.put([0x11; 16], &[0x42; 32]).expect("a key");
    let enterprise = EnterpriseAttestation {
        rp_ids: &["example.com"],
        platform_managed: false,
        certificates: chain,
        key,
        algorithm: Algorithm::Es256,
    };
    let profile = Profile {
        attestation,
        config: &[
            ConfigCommand::EnableEnterpriseAttestation,
            ConfigCommand::ToggleAlwaysUv,
            ConfigCommand::SetMinPinLength,
        ],
        enterprise_attestation: Some(enterprise),
        third_party_payment: true,
        client_pin: Some(PinRules { complexity_policy: true, ..PinRules::default() }),
        max_message_size: 7609,
        large_blobs: LargeBlobStorage::Array { max: 4096 },
        ..Profile::security_key([0x5A; 16])
    };
    let mut sim = Sim::new(profile);
    sim.keys.keystore = keystore;
    sim
}

/// Tells of every reply of a success, with its command.
pub(crate) fn live(tell: &mut dyn FnMut(u8, &[u8])) {
    for attestation in Format::ALL {
        for chain in CHAINS {
            life(&mut security_key(attestation, chain), tell);
        }
    }
    for profile in announced() {
        send(&mut Sim::new(profile), &[0x04], tell);
    }
}

/// getInfo with what they have words for, and with each thing that they have none for.
fn announced() -> Vec<Profile> {
    let plain = || Profile {
        management: Management::ByClients { preview: true, read_only: false },
        ..Profile::security_key([0x5A; 16])
    };
    vec![
        plain(),
        Profile { transports: &[Transport::Hybrid], ..plain() },
        Profile {
            transports: &[Transport::Usb, Transport::SmartCard],
            transports_for_reset: &[Transport::SmartCard],
            ..plain()
        },
        Profile { management: Management::ByClients { preview: false, read_only: true }, ..plain() },
        Profile { client_pin: Some(PinRules { complexity_policy: true, ..PinRules::default() }), ..plain() },
        Profile { verification: BuiltInVerification::Configured, ..plain() },
        Profile::phone([0xA5; 16]),
    ]
}

fn send(sim: &mut Sim, request: &[u8], tell: &mut dyn FnMut(u8, &[u8])) -> Vec<u8> {
    let reply = sim.send_bytes(request);
    assert_eq!(reply.status, 0x00, "{request:02x?}");
    tell(request[0], &[&[reply.status], reply.raw.as_slice()].concat());
    reply.raw
}

fn life(sim: &mut Sim, tell: &mut dyn FnMut(u8, &[u8])) {
    let make = |user: &[u8]| make_credential("example.com", user).option("rk", true);
    let mut say = |sim: &mut Sim, request: Request| send(sim, &request.encode(), tell);
    for user in [b"user 1", b"user 2"] {
        say(sim, make(user));
    }
    say(sim, make(b"user 3").with(4, cbor::array([algorithm(-8)])));
    say(sim, make(b"user 4").extension("thirdPartyPayment", true));
    say(sim, make(b"user 5").extension("largeBlobKey", true).extension("credProtect", 2));
    say(sim, config(1));
    say(sim, make(b"user 6").with(10, 1));
    let array = large_blob_array(3_100, 7);
    for fragment in large_blob_fragments(&array, 960) {
        say(sim, fragment);
    }
    say(sim, read_large_blobs(960, 0));
    say(sim, read_large_blobs(3_100, 0));
    say(sim, make_credential("example.org", b"user 1").option("rk", true));
    say(sim, get_assertion("example.com"));
    // One of the six is protected.
    for _ in 1..5 {
        send(sim, &[0x08], tell);
    }
    for command in [0x04, 0x0B] {
        send(sim, &[command], tell);
    }
    let platform = Platform::connect(sim, 2);
    let mut say = |sim: &mut Sim, request: Request| send(sim, &request.encode(), tell);
    say(sim, client_pin(subcommand::KEY_AGREEMENT).with(1, 2));
    say(sim, platform.set_pin(PIN));
    say(sim, client_pin(subcommand::PIN_RETRIES).with(1, 2));
    manage(sim, tell);
    send(sim, &[0x07], tell);
}

fn manage(sim: &mut Sim, tell: &mut dyn FnMut(u8, &[u8])) {
    let platform = Platform::connect(sim, 2);
    let reply = send(sim, &platform.token_for(PIN, PERMISSIONS, None).encode(), tell);
    let token = platform.token(&Reply { status: 0x00, raw: reply }).expect("the PIN is right");
    let mut say = |sim: &mut Sim, request: Request| send(sim, &request.encode(), tell);
    let manage = |subcommand: u8| credential_management(subcommand);
    say(sim, token.manages(manage(1)));
    say(sim, token.manages(manage(1).as_preview()));
    say(sim, token.manages(manage(2)));
    say(sim, manage(3));
    let hash = cbor::bytes(&Sha256::digest("example.com"));
    let mut listed = vec![say(sim, token.manages(manage(4).parameters([(1, hash)])))];
    for _ in 1..6 {
        listed.push(say(sim, manage(5)));
    }
    let id = |listed: &[u8]| at(&cbor::decode(listed).expect("a map"), 7).cloned().expect("a descriptor");
    let user = |id: &[u8]| cbor::map([("id", cbor::bytes(id)), ("name", "another".into())]);
    // The newest comes first.
    say(sim, token.manages(manage(7).parameters([(2, id(&listed[0])), (3, user(b"user 6"))])));
    say(sim, token.manages(manage(6).parameters([(2, id(&listed[1]))])));
    say(sim, token.writes(large_blob_fragments(&large_blob_array(17, 1), 960).remove(0)));
    // Who is told how long PINs are, and whether simple ones are forbidden.
    let told = cbor::array(["example.com"]);
    say(sim, token.authorises(config(3).parameters([(1, 4.into()), (2, told)])));
    extensions(sim, &mut say);
    send(sim, &[0x04], tell);
}

/// With outputs of each extension, alone and all together.
fn extensions(sim: &mut Sim, say: &mut dyn FnMut(&mut Sim, Request) -> Vec<u8>) {
    let mut authorised = |sim: &mut Sim, asked: &[(&str, Value)], make: bool| {
        let platform = Platform::connect(sim, 2);
        let token = say(sim, platform.token_for(PIN, 0x03, Some("example.com")));
        let token = platform.token(&Reply { status: 0x00, raw: token }).expect("the PIN is right");
        let request = if make {
            make_credential("example.com", b"user 7").option("rk", true)
        } else {
            get_assertion("example.com")
        };
        let salts = || platform.salts(&[0x5A; 64]);
        let request = asked.iter().fold(request, |request, (name, value)| {
            request.extension(name, if value.is_null() { salts() } else { value.clone() })
        });
        say(sim, token.proves(request));
    };
    // Null stands for salts.
    let at_registration = [
        ("credBlob", cbor::bytes(b"blob")),
        ("credProtect", 1.into()),
        ("hmac-secret", true.into()),
        ("minPinLength", true.into()),
        ("thirdPartyPayment", true.into()),
        ("pinComplexityPolicy", true.into()),
    ];
    let at_sign_in =
        [("credBlob", true.into()), ("hmac-secret", Value::Null), ("thirdPartyPayment", true.into())];
    let with_secrets = [("hmac-secret", true.into()), ("hmac-secret-mc", Value::Null)];
    for asked in at_registration.chunks(1).chain([with_secrets.as_slice(), &at_registration]) {
        authorised(sim, asked, true);
    }
    for asked in at_sign_in.chunks(1).chain([at_sign_in.as_slice()]) {
        authorised(sim, asked, false);
    }
}
