//! The example that has a record of every kind, and of a credential all that is kept of one.

use crate::register::{register, register_as};
use crate::stored::{
    examples, header_format, hex, host_record, min_pin_length, read_sealed, schema_of, sealed_line,
};
use crate::support::{Passkey, TestSim, cose, folder, proves};
use authenticator_core::credential::{Credential, CredentialState};
use authenticator_core::key::KeyError;
use authenticator_core::store::{Listed, Lookup, Query, RecordId, RecordKind, Vault};
use authenticator_core::{
    Command, LargeBlobStorage, MakeCredential, Manage, Profile, Replacement, SignCount, decode,
};
use authenticator_host::blocking::{Swept, sweep_keys};
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::cbor::{Value, bytes, encode, map, named};
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::request::{self, client_pin, get_assertion, make_credential};
use authenticator_testkit::{Mood, Sim, device_key, with_keystore};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

const SITE: &str = "rich.example";
const PIN: &str = "123456";
const OF_THE_SITE: &[u8] = b"kept for the site";
const OF_ONE: &[u8] = b"a large blob of one passkey";
const HOST_RECORD: RecordId = RecordId([7; 16]);

fn profile() -> Profile {
    Profile { sign_count: SignCount::PerCredential, ..Profile::security_key([0; 16]) }
}

/// With a blob for each credential in place of the array.
fn of_blobs() -> Profile {
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    Profile { large_blobs, max_message_size: 7609, ..profile() }
}

fn open(profile: Profile, path: &Path, seed: u64) -> TestSim {
    Sim::over(profile, SqliteStore::open(path).unwrap(), seed).unwrap()
}

/// All that can be told of a store, as it stands beside the example.
fn told(sim: &mut TestSim) -> String {
    let mut text = format!("device-key: {}\n", hex(device_key().expose()));
    let mut passkeys = Vec::new();
    let mut cx = sim.world.context();
    let vault = cx.vault().unwrap();
    let flow = vault.credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("a record that cannot be opened") };
        passkeys.push(told_of(&vault, entry.credential, entry.host_data.0));
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    passkeys.iter().rev().for_each(|line| text.push_str(line));
    let (array, _) = cx.large_blob_array().unwrap();
    writeln!(text, "large-blobs: {}", hex(array)).unwrap();
    let audit = cx.audit(&mut |finding| panic!("{finding:?}")).unwrap();
    writeln!(
        text,
        "records: credential={} host={} intent={} tombstone={} settings={} large-blob={}",
        audit.credentials,
        audit.host_records,
        audit.key_intents,
        audit.key_tombstones,
        audit.settings,
        audit.large_blobs
    )
    .unwrap();
    let bytes = host_record(sim, HOST_RECORD).unwrap();
    writeln!(text, "host-record: id={} bytes={}", hex(&HOST_RECORD.0), hex(&bytes)).unwrap();
    writeln!(text, "min-pin-length: {}\npin-retries: {}", min_pin_length(sim), retries(sim)).unwrap();
    text
}

fn told_of(vault: &Vault<'_>, credential: &Credential, host_data: &[u8]) -> String {
    let Credential { rp_id, user, id, public_key, key, cred_protect, state, discoverable, .. } = credential;
    let when = |time: Option<u64>| time.map_or("never".to_owned(), |time| time.to_string());
    // A key of the software backend lies in the record, and whether it does is shown by signing.
    let handle = if key.backend.0 == 0 { "sealed".to_owned() } else { hex(key.handle.as_slice()) };
    format!(
        "passkey: site={} user={} id={} key={} cred-protect={} created={} last-used={} host-data={} state={state:?} \
         superseded={} discoverable={discoverable} counter={} backend={} handle={handle}\n",
        rp_id.as_str(),
        hex(user.id.as_slice()),
        hex(id.as_slice()),
        hex(&encode(&cose(public_key))),
        cred_protect.level(),
        when(credential.created),
        when(credential.last_used),
        hex(host_data),
        vault.is_superseded(credential).unwrap(),
        credential.sign_count_reserved,
        key.backend.0,
    )
}

fn retries(sim: &mut TestSim) -> u64 {
    let left = sim.send(&client_pin(subcommand::PIN_RETRIES)).member(0x03).unwrap();
    left.as_integer().unwrap().try_into().unwrap()
}

fn try_pin(sim: &mut TestSim, pin: &str) -> u8 {
    let platform = Platform::connect(sim, 2);
    sim.send(&platform.pin_token(pin)).status
}

/// Every passkey with its state, oldest first.
fn passkeys(sim: &mut TestSim) -> Vec<(Passkey, RecordId, Credential)> {
    let mut passkeys = Vec::new();
    let mut cx = sim.world.context();
    let _ = cx.vault().unwrap().credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("a record that cannot be opened") };
        let credential = entry.credential;
        let passkey = Passkey::of(credential);
        passkeys.push((passkey, entry.record, credential.clone()));
        ControlFlow::Continue(())
    });
    passkeys.reverse();
    passkeys
}

fn all_kinds() -> BTreeSet<u8> {
    RecordKind::BESIDE_THE_HEADER.map(RecordKind::code).into()
}

fn kinds(sim: &TestSim) -> BTreeSet<u8> {
    let mut kinds = BTreeSet::new();
    for kind in RecordKind::BESIDE_THE_HEADER {
        let query = Query::Kind { kind, before: None };
        let _ = sim.world.store.read(&query, &mut |record| {
            kinds.insert(record.kind.code());
            ControlFlow::Break(())
        });
    }
    kinds
}

#[test]
fn the_example_of_everything_is_read_used_and_gone_on_with() {
    let mut seen = BTreeSet::new();
    for example in fs::read_dir(examples()).unwrap().map(|entry| entry.unwrap().path()) {
        let name = example.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with("-rich.db") {
            continue;
        }
        let description = fs::read_to_string(example.with_extension("txt")).unwrap();
        let folder = folder();
        let path = folder.path().join("passkeys.db");
        fs::copy(&example, &path).unwrap();
        header_format(&name, schema_of(&path));
        let mut sim = open(profile(), &path, 1);
        seen.extend(kinds(&sim));
        let (sealed, stored): (Vec<_>, Vec<_>) =
            description.split_inclusive('\n').partition(|line| line.starts_with("sealed: "));
        assert_eq!(told(&mut sim), stored.concat(), "{name}");
        use_it(&mut sim, &read_sealed(&sealed.concat()));
        drop(sim);

        let mut sim = open(of_blobs(), &path, 2);
        let (alice, ..) = passkeys(&mut sim).remove(0);
        let read = map([("read", true)]);
        let reply = sim.send(&get_assertion(SITE).list([alice.id.as_slice()]).extension("largeBlob", read));
        let output = reply.member(0x08).unwrap();
        let blob = named(&output, "largeBlob").and_then(|blob| named(blob, "blob")).cloned();
        assert_eq!(blob, Some(bytes(OF_ONE)), "{name}");
        drop(sim);
        clean_up(&path, &name);
    }
    assert_eq!(seen, all_kinds(), "one example at least of every kind of record");
}

/// Signs in with whatever can, and tries the PIN.
fn use_it(sim: &mut TestSim, sealed: &Passkey) {
    for (passkey, _, credential) in passkeys(sim) {
        let named = get_assertion(SITE).list([passkey.id.as_slice()]).extension("credBlob", true);
        let reply = sim.send(&named);
        let is_usable = matches!(credential.state, CredentialState::Active | CredentialState::Unconfirmed);
        if !is_usable || credential.key.backend.0 != 0 {
            assert_eq!(reply.status, 0x2E, "{passkey:?}");
            continue;
        }
        assert!(proves(&reply, &passkey), "{passkey:?}");
        let signed = reply.auth_data().unwrap();
        assert!(signed.sign_count > credential.sign_count_reserved, "{passkey:?}");
        let kept = if passkey.user == b"alice" { OF_THE_SITE } else { &[] };
        assert_eq!(named_extension(&signed.extensions), Some(bytes(kept)), "{passkey:?}");
    }
    let reply = sim.send(&get_assertion(SITE).list([sealed.id.as_slice()]));
    assert!(proves(&reply, sealed));
    // It had signed once, for which 256 were reserved.
    assert_eq!(reply.auth_data().unwrap().sign_count, 257);
    assert_eq!(try_pin(sim, PIN), 0x00);
    assert_eq!(retries(sim), 8);
}

fn named_extension(extensions: &Option<Value>) -> Option<Value> {
    extensions.as_ref().and_then(|extensions| named(extensions, "credBlob")).cloned()
}

/// The driver's work on the notes about keys; then a registration, and all of it opened again.
fn clean_up(path: &Path, name: &str) {
    let mut sim = open(with_keystore(profile()), path, 3);
    assert_eq!(sweep_keys(&mut sim.world, &mut sim.keys), Ok(Swept { destroyed: 1, left: 0 }), "{name}");
    sim.clock.reboot();
    sim.power_cycle(Duration::from_secs(3600));
    assert_eq!(sweep_keys(&mut sim.world, &mut sim.keys), Ok(Swept { destroyed: 1, left: 0 }), "{name}");
    drop(sim);

    let mut sim = open(profile(), path, 4);
    let before = passkeys(&mut sim).len();
    let platform = Platform::connect(&mut sim, 2);
    let reply = sim.send(&platform.token_for(PIN, 0x01, Some(SITE)));
    let token = platform.token(&reply).unwrap();
    let new =
        register_as(&mut sim, SITE, b"new", |request| token.proves(request.option("rk", true))).unwrap();
    drop(sim);
    let mut sim = open(profile(), path, 5);
    assert_eq!(passkeys(&mut sim).len(), before + 1, "{name}");
    assert!(proves(&sim.send(&get_assertion(SITE).list([new.id.as_slice()])), &new), "{name}");
    let audit = sim.world.context().audit(&mut |finding| panic!("{name}: {finding:?}")).unwrap();
    assert_eq!((audit.key_intents, audit.key_tombstones), (0, 0), "{name}");
}

/// Makes the example of the format as it is today. `test-vectors/README.md` says when and how.
#[test]
#[ignore = "writes into the tree: run it by hand when the format has changed"]
fn write_an_example_of_everything() {
    let name = env::var("EXAMPLE").unwrap();
    assert!(name.ends_with("-rich"), "EXAMPLE names the files, such as schema-1-header-3-rich");
    let folder = folder();
    let path = folder.path().join("passkeys.db");
    let mut sim = open(profile(), &path, 1);
    let sealed = make_passkeys(&mut sim);
    drop(sim);

    let mut sim = open(of_blobs(), &path, 2);
    let (alice, ..) = passkeys(&mut sim).remove(0);
    let size = u64::try_from(OF_ONE.len()).unwrap();
    let write = map([("write", bytes(OF_ONE)), ("originalSize", Value::from(size))]);
    let reply = sim.send(&get_assertion(SITE).list([alice.id.as_slice()]).extension("largeBlob", write));
    assert_eq!(reply.status, 0);
    drop(sim);

    let mut sim = open(with_keystore(profile()), &path, 3);
    register(&mut sim, SITE, b"of hardware").unwrap();
    register_as(&mut sim, SITE, b"of hardware, named", |request| request).unwrap();
    register(&mut sim, SITE, b"deleted").unwrap();
    let (_, deleted, _) = passkeys(&mut sim).pop().unwrap();
    // The driver would destroy its key at once.
    sim.keys.will(Mood::Fails(KeyError::LockedOut));
    run(&mut sim, Manage::Delete(deleted));
    let never_ended = make_credential(SITE, b"never ended").option("rk", true).encode();
    assert_eq!(sim.run_and_drop(&never_ended, 2).err(), Some("NeedsKeypair"));
    drop(sim);

    let mut sim = open(profile(), &path, 4);
    // setMinPINLength to six, for which no token is asked while there is no PIN.
    assert_eq!(sim.send_bytes(&[0x0D, 0xA2, 0x01, 0x03, 0x02, 0xA1, 0x01, 0x06]).status, 0x00);
    run(&mut sim, Manage::SetPin(PIN));
    assert_eq!(try_pin(&mut sim, "000000"), 0x31);
    assert_eq!(kinds(&sim), all_kinds());
    let text = told(&mut sim) + &sealed_line(&sealed);
    drop(sim);
    let example = examples().join(name);
    fs::copy(&path, example.with_extension("db")).unwrap();
    fs::write(example.with_extension("txt"), text).unwrap();
}

/// Whatever can become of a passkey, and the array of large blobs. Gives the one that has no record.
fn make_passkeys(sim: &mut TestSim) -> Passkey {
    let rk = |request: request::Request| request.option("rk", true);
    let alice =
        register_as(sim, SITE, b"alice", |request| rk(request).extension("credBlob", bytes(OF_THE_SITE)))
            .unwrap();
    register_as(sim, SITE, b"bob", |request| rk(request).extension("largeBlobKey", true)).unwrap();
    let sealed = register_as(sim, SITE, b"second factor", |request| request).unwrap();
    sim.clock.advance(Duration::from_secs(60));
    for passkey in [&alice, &alice, &alice, &sealed] {
        let reply = sim.send(&get_assertion(SITE).list([passkey.id.as_slice()]));
        assert!(proves(&reply, passkey));
    }
    let states = [CredentialState::Unconfirmed, CredentialState::Hidden, CredentialState::KeyInvalidated];
    for state in states {
        register(sim, SITE, format!("{state:?}").as_bytes()).unwrap();
        let (_, record, _) = passkeys(sim).pop().unwrap();
        run(sim, Manage::SetState(record, state));
    }
    register(sim, SITE, b"superseded").unwrap();
    let again = rk(make_credential(SITE, b"superseded")).encode();
    let Ok(Command::MakeCredential(request)) = decode(&again, 1200) else { panic!("a registration") };
    let request = MakeCredential { replacement: Replacement::Supersede, ..request };
    assert!(sim.run(Command::MakeCredential(request)).result.is_ok());

    let (_, record, _) = passkeys(sim).remove(1);
    run(sim, Manage::SetHostData(record, b"a label"));
    run(sim, Manage::PutHost { record: HOST_RECORD, bytes: b"kept by the host" });
    let array = request::large_blob_array(900, 8);
    for fragment in request::large_blob_fragments(&array, 900) {
        assert_eq!(sim.send(&fragment).status, 0);
    }
    sealed
}

fn run(sim: &mut TestSim, change: Manage<'_>) {
    let done = sim.run(Command::Manage(change));
    assert!(done.result.is_ok(), "{done:?}");
}
