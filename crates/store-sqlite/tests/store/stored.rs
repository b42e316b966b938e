//! Stores written by earlier versions, from `test-vectors/stores`: today's code reads each, uses it and goes on with it.

use crate::register::{register, register_as};
use crate::support::{Passkey, TestSim, folder, open, sign_in};
use authenticator_core::store::{Listed, RecordId};
use authenticator_core::{Command, Manage};
use authenticator_testkit::cbor::{Value, array, decode, encode};
use authenticator_testkit::request::{self, algorithm};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

/// Where the examples are.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/stores")
}

/// What the text beside an example says of it.
#[derive(Debug, Default, PartialEq)]
struct Description {
    schema: i32,
    /// In the order of their making.
    passkeys: Vec<Described>,
    /// Credentials whose key is in their id: the store holds nothing of them.
    sealed: Vec<Passkey>,
    host_records: Vec<(RecordId, Vec<u8>)>,
    /// What clients have set it to.
    min_pin_length: Option<u8>,
}

/// A passkey with what is kept beside it.
#[derive(Clone, Debug, PartialEq)]
struct Described {
    passkey: Passkey,
    cred_protect: u8,
    created: Option<u64>,
    last_used: Option<u64>,
    host_data: Vec<u8>,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Reads a description: `word: name=value …`, one thing a line. A word or a name that is not known fails the test.
fn read_description(text: &str) -> Description {
    let mut description = Description::default();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(": ").unwrap();
        let mut fields: BTreeMap<_, _> = rest.split(' ').filter_map(|field| field.split_once('=')).collect();
        let mut take = |name: &str| fields.remove(name).unwrap_or_else(|| panic!("no {name} in {line}"));
        let passkey = |take: &mut dyn FnMut(&'static str) -> String| Passkey {
            site: take("site"),
            user: unhex(&take("user")),
            id: unhex(&take("id")),
            key: decode(&unhex(&take("key"))).unwrap(),
        };
        match word {
            "schema" => description.schema = rest.parse().unwrap(),
            "min-pin-length" => description.min_pin_length = Some(rest.parse().unwrap()),
            "device-key" => assert_eq!(unhex(rest), [0xD0; 32], "the device key of every `Sim`"),
            "passkey" => {
                let when = |text: &str| (text != "never").then(|| text.parse().unwrap());
                description.passkeys.push(Described {
                    passkey: passkey(&mut |name| take(name).to_owned()),
                    cred_protect: take("cred-protect").parse().unwrap(),
                    created: when(take("created")),
                    last_used: when(take("last-used")),
                    host_data: unhex(take("host-data")),
                });
            }
            "sealed" => description.sealed.push(passkey(&mut |name| take(name).to_owned())),
            "host-record" => {
                let id = RecordId(unhex(take("id")).try_into().unwrap());
                description.host_records.push((id, unhex(take("bytes"))));
            }
            other => panic!("nobody reads {other}"),
        }
        assert!(fields.is_empty(), "nobody reads {fields:?}");
    }
    description
}

fn write_description(description: &Description) -> String {
    let mut text = String::new();
    let Description { schema, passkeys, sealed, host_records, min_pin_length } = description;
    let of = |passkey: &Passkey| {
        let Passkey { site, user, id, key } = passkey;
        format!("site={site} user={} id={} key={}", hex(user), hex(id), hex(&encode(key)))
    };
    let when = |time: Option<u64>| time.map_or("never".to_owned(), |time| time.to_string());
    writeln!(text, "schema: {schema}\ndevice-key: {}", hex(&[0xD0; 32])).unwrap();
    for Described { passkey, cred_protect, created, last_used, host_data } in passkeys {
        let (created, last_used) = (when(*created), when(*last_used));
        write!(text, "passkey: {} cred-protect={cred_protect} ", of(passkey)).unwrap();
        writeln!(text, "created={created} last-used={last_used} host-data={}", hex(host_data)).unwrap();
    }
    for passkey in sealed {
        writeln!(text, "sealed: {}", of(passkey)).unwrap();
    }
    for (id, bytes) in host_records {
        writeln!(text, "host-record: id={} bytes={}", hex(&id.0), hex(bytes)).unwrap();
    }
    if let Some(length) = min_pin_length {
        writeln!(text, "min-pin-length: {length}").unwrap();
    }
    text
}

/// What is beside an example of a credential that has no record.
pub(crate) fn sealed_line(passkey: &Passkey) -> String {
    let description = Description { sealed: vec![passkey.clone()], ..Description::default() };
    let text = write_description(&description);
    text.lines().skip(2).map(|line| format!("{line}\n")).collect()
}

pub(crate) fn read_sealed(line: &str) -> Passkey {
    read_description(line).sealed.remove(0)
}

/// Every passkey in the store with all that is kept beside it, in the order of their making.
fn described(sim: &mut TestSim) -> Vec<Described> {
    let mut passkeys = Vec::new();
    let mut cx = sim.world.context();
    let flow = cx.vault().unwrap().credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("a record that cannot be opened") };
        let credential = entry.credential;
        let passkey = Passkey::of(credential);
        passkeys.push(Described {
            passkey,
            cred_protect: credential.cred_protect.level(),
            created: credential.created,
            last_used: credential.last_used,
            host_data: entry.host_data.0.to_vec(),
        });
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    passkeys.reverse();
    passkeys
}

pub(crate) fn host_record(sim: &mut TestSim, id: RecordId) -> Option<Vec<u8>> {
    let mut cx = sim.world.context();
    cx.vault().unwrap().host_record(id, |bytes| bytes.0.to_vec()).unwrap()
}

/// What getInfo says of it.
pub(crate) fn min_pin_length(sim: &mut TestSim) -> u8 {
    let length = sim.send_bytes(&[0x04]).member(0x0D).and_then(|length| length.as_integer());
    length.and_then(|length| length.try_into().ok()).unwrap()
}

pub(crate) fn schema_of(path: &Path) -> i32 {
    let raw = rusqlite::Connection::open(path).unwrap();
    raw.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn every_stored_example_is_read_used_and_gone_on_with() {
    let (mut schemas, mut headers) = (BTreeSet::new(), BTreeSet::new());
    for example in fs::read_dir(examples()).unwrap().map(|entry| entry.unwrap().path()) {
        if example.extension().is_none_or(|extension| extension != "db") {
            continue;
        }
        let name = example.file_name().unwrap().to_string_lossy().into_owned();
        // With a PIN and keys that are elsewhere, it is used in another way: see `rich`.
        if name.ends_with("-rich.db") {
            continue;
        }
        let description = read_description(&fs::read_to_string(example.with_extension("txt")).unwrap());
        let folder = folder();
        let path = folder.path().join("passkeys.db");
        fs::copy(&example, &path).unwrap();
        assert_eq!(schema_of(&path), description.schema, "{name}");
        schemas.insert(description.schema);
        headers.insert(header_format(&name, description.schema));

        let mut sim = open(&path, 1).unwrap();
        assert_eq!(described(&mut sim), description.passkeys, "{name}");
        for (id, bytes) in &description.host_records {
            assert_eq!(host_record(&mut sim, *id).as_ref(), Some(bytes), "{name}");
        }
        assert_eq!(min_pin_length(&mut sim), description.min_pin_length.unwrap_or(4), "{name}");
        let made_before: Vec<Passkey> =
            description.passkeys.iter().map(|described| described.passkey.clone()).collect();
        let mut all = [made_before, description.sealed].concat();
        for round in 0..2 {
            for passkey in &all {
                assert_eq!(sign_in(&mut sim, passkey), Ok(()), "{name}, round {round}: {passkey:?}");
            }
            let audit = sim.world.context().audit(&mut |finding| panic!("{name}: {finding:?}")).unwrap();
            assert_eq!(audit.credentials, u64::try_from(described(&mut sim).len()).unwrap(), "{name}");
            all.push(register(&mut sim, &format!("new{round}.example"), b"user").unwrap());
            drop(sim);
            sim = open(&path, 2).unwrap();
        }
        for passkey in &all {
            assert_eq!(sign_in(&mut sim, passkey), Ok(()), "{name}, reopened: {passkey:?}");
        }
        assert_eq!(described(&mut sim).len(), description.passkeys.len() + 2, "{name}");
    }

    let folder = folder();
    let path = folder.path().join("passkeys.db");
    drop(open(&path, 1).unwrap());
    let today = schema_of(&path);
    assert_eq!(schemas, (1..=today).collect(), "one example at least of every version of the schema");
    let headers_today = include_str!("../../../core/src/store/header.rs")
        .lines()
        .find_map(|line| line.strip_prefix("const FORMAT_VERSION: u64 = ")?.strip_suffix(';'))
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(headers, (1..=headers_today).collect(), "one example at least of every format of the header");
}

/// An example is called by the schema and by the header's format, which is sealed: `schema-1-header-2.db`, and a word more
/// where there are several.
pub(crate) fn header_format(name: &str, schema: i32) -> u64 {
    let format = name.strip_prefix(&format!("schema-{schema}-header-")).unwrap();
    let digits = format.find(|digit: char| !digit.is_ascii_digit()).unwrap();
    format[..digits].parse().unwrap()
}

/// Makes an example of the format as it is today. `test-vectors/README.md` says when and how.
#[test]
#[ignore = "writes into the tree: run it by hand when the format has changed"]
fn write_an_example() {
    let name = env::var("EXAMPLE").expect("EXAMPLE names the files, such as schema-1-header-1");
    let folder = folder();
    let path = folder.path().join("passkeys.db");
    let mut sim = open(&path, 1).unwrap();
    let mut sealed = Vec::new();
    let ed_dsa = |request: request::Request| request.with(0x04, array([algorithm(-8)]));
    for (site, user) in [("example.com", "alice"), ("example.com", "bob"), ("example.org", "alice")] {
        register(&mut sim, site, user.as_bytes()).unwrap();
        sim.clock.advance(Duration::from_secs(60));
    }
    register_as(&mut sim, "example.net", b"alice", |request| ed_dsa(request).option("rk", true)).unwrap();
    let protected = |request: request::Request| request.option("rk", true).extension("credProtect", 2);
    register_as(&mut sim, "example.net", b"bob", protected).unwrap();
    // Overwritten: the second of the two is the account's.
    for _ in 0..2 {
        register(&mut sim, "overwritten.example", b"carol").unwrap();
    }
    // The longest user handle.
    register(&mut sim, "long.example", &[0xAB; 64]).unwrap();
    register(&mut sim, "deleted.example", b"alice").unwrap();
    sealed.push(register_as(&mut sim, "second-factor.example", b"alice", |request| request).unwrap());
    sealed.push(register_as(&mut sim, "second-factor.example", b"bob", ed_dsa).unwrap());

    let mut records = Vec::new();
    let mut cx = sim.world.context();
    let _ = cx.vault().unwrap().credentials(None, &mut |listed| {
        if let Listed::Credential(entry) = listed {
            records.push(entry.record);
        }
        ControlFlow::Continue(())
    });
    assert!(sim.run(Command::Manage(Manage::Delete(records[0]))).result.is_ok());
    let set = Command::Manage(Manage::SetHostData(records[1], b"a label"));
    assert!(sim.run(set).result.is_ok());
    let host_records = vec![(RecordId([7; 16]), b"kept by the host".to_vec())];
    for (record, bytes) in &host_records {
        let put = Command::Manage(Manage::PutHost { record: *record, bytes });
        assert!(sim.run(put).result.is_ok());
    }
    sim.clock.advance(Duration::from_secs(3600));
    let used = described(&mut sim)[1].passkey.clone();
    sign_in(&mut sim, &used).unwrap();

    // setMinPINLength to six: a record of the settings.
    assert_eq!(sim.send_bytes(&[0x0D, 0xA2, 0x01, 0x03, 0x02, 0xA1, 0x01, 0x06]).status, 0x00);

    let passkeys = described(&mut sim);
    drop(sim);
    let min_pin_length = Some(6);
    let description =
        Description { schema: schema_of(&path), passkeys, sealed, host_records, min_pin_length };
    let text = write_description(&description);
    assert_eq!(read_description(&text), description);
    let example = examples().join(name);
    fs::copy(&path, example.with_extension("db")).unwrap();
    fs::write(example.with_extension("txt"), text).unwrap();
}

#[test]
fn a_description_says_what_it_was_made_of() {
    let passkey =
        Passkey { site: "a.example".to_owned(), user: vec![1], id: vec![2; 32], key: Value::from(7) };
    let described = Described {
        passkey: passkey.clone(),
        cred_protect: 2,
        created: Some(9),
        last_used: None,
        host_data: vec![],
    };
    let description = Description {
        schema: 3,
        passkeys: vec![described],
        sealed: vec![passkey],
        host_records: vec![(RecordId([1; 16]), vec![5])],
        min_pin_length: Some(7),
    };
    assert_eq!(read_description(&write_description(&description)), description);
}
