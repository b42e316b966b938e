//! What the authenticator says and takes has names here: the two are written apart and must not drift.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_core::{BuiltInVerification, LargeBlobStorage, Profile};
use authenticator_decode::{Command, Kind, Node, decode, detect, status_name};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, bytes, encode, map};
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{
    Request, client_pin, config, credential_management, descriptor, get_assertion, large_blob_array,
    make_credential, read_large_blobs, write_large_blobs,
};

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn every_status_of_the_core_has_its_name() {
    let source = read("crates/core/src/status.rs");
    let rows = source.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = 0x"));
    let mut count = 0;
    for (name, code) in rows {
        let code = u8::from_str_radix(code, 16).unwrap();
        let mut shouted = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() {
                shouted.push('_');
            }
            shouted.push(letter.to_ascii_uppercase());
        }
        let known = status_name(code).unwrap();
        assert!(known.ends_with(&shouted), "{known} is {name}");
        count += 1;
    }
    assert!(count > 30, "{count} were found");
}

/// The first cells of the rows below this title in the table of capabilities.
fn capabilities(title: &str) -> Vec<String> {
    let page = read("docs/capabilities.md");
    let section = page.split("\n## ").find(|section| section.starts_with(title)).unwrap().to_owned();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
    let names: Vec<String> = rows.map(|(cell, _)| cell.replace('`', "")).collect();
    assert!(names.len() > 3, "{title}: {names:?}");
    names
}

fn has_unknown(node: &Node) -> bool {
    node.all_notes().iter().any(|note| note.kind() == "unknown")
}

#[test]
fn every_capability_of_the_core_has_its_name() {
    for row in capabilities("Members of the reply") {
        let (key, name) = row.split_once(' ').unwrap();
        let body = map([(i64::from_str_radix(key, 16).unwrap(), Value::Bool(true))]);
        assert_eq!(decode(&encode(&body), Kind::Info).members[0].name, Some(name));
    }
    for option in capabilities("Options") {
        let body = map([(4, map([(option.as_str(), true)]))]);
        assert!(!has_unknown(&decode(&encode(&body), Kind::Info)), "{option}");
    }
    for extension in capabilities("Extensions") {
        let asks = |command: u8, member: i64| {
            let request = map([(member, map([(extension.as_str(), Value::Null)]))]);
            !has_unknown(&decode(&[vec![command], encode(&request)].concat(), Kind::Request))
        };
        assert!(asks(0x01, 0x06) || asks(0x02, 0x04), "{extension}");
    }
}

/// Sends a request and looks at both messages: all of it is known, and nothing is to be remarked.
fn send(sim: &mut Sim, request: &Request) -> Reply {
    send_bytes(sim, &request.encode())
}

fn send_bytes(sim: &mut Sim, asked: &[u8]) -> Reply {
    let reply = sim.send_bytes(asked);
    assert_eq!(reply.status, 0x00, "{}", decode(asked, Kind::Request).to_text());
    look(asked, Kind::Request);
    let answered = [&[reply.status], reply.raw.as_slice()].concat();
    look(&answered, Kind::Reply(Some(Command(asked[0]))));
    if asked.len() > 1 {
        assert_eq!(detect(asked), Ok(Kind::Request));
    }
    if !reply.raw.is_empty() {
        assert_eq!(detect(&answered), Ok(Kind::Reply(None)));
        // What it answers is found by itself; getNextAssertion answers as getAssertion does.
        let found = decode(&answered, Kind::Reply(None)).to_text();
        let told = decode(&answered, Kind::Reply(Some(Command(asked[0])))).to_text();
        assert_eq!(found, told.replace("GetNextAssertion", "GetAssertion").replace(" (preview)", ""));
    }
    reply
}

fn look(message: &[u8], kind: Kind) {
    let tree = decode(message, kind);
    assert!(tree.all_notes().is_empty(), "{}", tree.to_text());
}

#[test]
fn whatever_every_profile_says_and_takes_is_known() {
    for (_, profile) in Profile::NAMED {
        let mut sim = Sim::new(profile(*b"sixteen letters!"));
        story(&mut sim);
        send_bytes(&mut sim, &[0x04]);
    }
    let per_credential = Profile {
        large_blobs: LargeBlobStorage::PerCredential { max: 100 },
        verification: BuiltInVerification::Configured,
        ..Profile::security_key([0; 16])
    };
    let mut sim = Sim::new(per_credential);
    let support = map([("support", "required")]);
    let made = send(
        &mut sim,
        &make_credential("example.com", b"user")
            .option("rk", true)
            .option("uv", true)
            .extension("largeBlob", support),
    );
    let id = made.auth_data().unwrap().credential_id.unwrap();
    let write = map([("write", bytes(b"compressed")), ("originalSize", Value::from(20))]);
    let signing_in = || get_assertion("example.com").list([id.as_slice()]).option("uv", true);
    send(&mut sim, &signing_in().extension("largeBlob", write));
    send(&mut sim, &signing_in().extension("largeBlob", map([("read", true)])));
}

/// Everything that can be asked of an authenticator once.
fn story(sim: &mut Sim) {
    let has_pins = sim.world.authenticator.profile().client_pin.is_some();
    send_bytes(sim, &[0x04]);
    send_bytes(sim, &[0x0B]);
    let everything = || {
        make_credential("example.com", b"user")
            .option("rk", true)
            .extension("credProtect", 1)
            .extension("credBlob", bytes(b"blob"))
            .extension("hmac-secret", true)
            .extension("largeBlobKey", true)
            .extension("minPinLength", true)
            .extension("thirdPartyPayment", true)
    };
    let platform = Platform::connect(sim, 2);
    send(sim, &client_pin(subcommand::KEY_AGREEMENT).with(1, 2));
    let made = send(
        sim,
        &everything().extension("hmac-secret-mc", platform.salts(&[7; 32])).option("uv", !has_pins),
    );
    let id = made.auth_data().unwrap().credential_id.unwrap();
    let platform = Platform::connect(sim, 2);
    let signing_in = get_assertion("example.com")
        .list([id.as_slice()])
        .extension("credBlob", true)
        .extension("hmac-secret", platform.salts(&[8; 64]))
        .extension("largeBlobKey", true)
        .extension("thirdPartyPayment", true);
    send(sim, &signing_in);
    send(sim, &read_large_blobs(17, 0));
    if !has_pins {
        return;
    }
    send(sim, &make_credential("example.com", b"another").option("rk", true));
    send(sim, &get_assertion("example.com"));
    send_bytes(sim, &[0x08]);
    send(sim, &config(0x04));
    send(
        sim,
        &config(0x03)
            .parameters([(1, Value::from(6)), (2, authenticator_testkit::cbor::array(["example.com"]))]),
    );
    let platform = Platform::connect(sim, 2);
    send(sim, &platform.set_pin("a PIN of mine"));
    send(sim, &client_pin(subcommand::PIN_RETRIES));
    let platform = Platform::connect(sim, 2);
    send(sim, &platform.change_pin("a PIN of mine", "another PIN"));
    let token = |sim: &mut Sim, permissions| {
        let platform = Platform::connect(sim, 2);
        let reply = send(sim, &platform.token_for("another PIN", permissions, None));
        platform.token(&reply).unwrap()
    };
    let manager = token(sim, 0x04);
    send(sim, &manager.manages(credential_management(1)));
    send(sim, &manager.manages(credential_management(2)));
    let hash = bytes(&{
        use sha2::Digest;
        sha2::Sha256::digest(b"example.com")
    });
    send(sim, &manager.manages(credential_management(4).parameters([(1, hash)])));
    send(sim, &credential_management(5));
    send(sim, &manager.manages(credential_management(6).parameters([(2, descriptor(&id))])));
    let writer = token(sim, 0x10);
    let array = large_blob_array(40, 1);
    send(sim, &writer.writes(write_large_blobs(&array, 0, Some(40))));
    let reader = token(sim, 0x40);
    send(sim, &reader.manages(credential_management(1)));
}
