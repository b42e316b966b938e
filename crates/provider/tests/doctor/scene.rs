//! A store that has everything a doctor can find, once each, and passkeys that nothing is wrong with.

use crate::altered::Altered;
use authenticator_core::credential::{ClientDataHash, CredentialState};
use authenticator_core::store::Lookup;
use authenticator_core::store::{BlindKey, Query, RecordId, RecordKind};
use authenticator_core::{
    Algorithm, Algorithms, Command, CredentialList, MakeCredential, Manage, PinUvAuth, Preference, Profile,
    RegistrationExtensions, Replacement, User,
};
use authenticator_host::blocking::manage;
use authenticator_provider::{Diagnosis, Trouble, doctor};
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::{Sim, request, with_keystore};
use std::ops::ControlFlow;
use std::time::Duration;

pub(crate) type Patient = Sim<Altered>;

pub(crate) const NAME: &str = "marguerite.oldenburg";
pub(crate) const HANDLE: &[u8] = b"\x17\x92handle of marguerite\xfe";
/// Nothing is wrong with these sites' passkeys, or nothing that keeps them from signing in.
pub(crate) const WELL: [&str; 3] = ["well.example", "noted.example", "twice.example"];
pub(crate) const MISINDEXED: &str = "misindexed.example";

pub(crate) fn phone() -> Profile {
    Profile::phone(*b"the doctor's own")
}

/// A device whose keys are in software.
pub(crate) fn patient() -> Patient {
    Sim::over(phone(), Altered::default(), 1).unwrap()
}

/// A device with a keystore; it has a passkey, a key to be destroyed, and one that a registration has asked for.
pub(crate) fn patient_with_keystore() -> Patient {
    keystore_that_deleted(&["deleted.example"])
}

fn keystore_that_deleted(sites: &[&str]) -> Patient {
    let mut sim = Sim::over(with_keystore(phone()), Altered::default(), 1).unwrap();
    register(&mut sim, "kept.example");
    let deleted: Vec<RecordId> = sites.iter().map(|site| register(&mut sim, site)).collect();
    // No registration after this, which would sweep.
    for record in deleted {
        manage(&mut sim.world, Manage::Delete(record)).unwrap();
    }
    let cut = request::make_credential("cut.example", HANDLE).option("rk", true).option("uv", true);
    assert_eq!(sim.run_and_drop(&cut.encode(), 2).err(), Some("NeedsKeypair"));
    sim
}

/// As a site and its browser make a passkey, and have it sign in.
pub(crate) fn register(sim: &mut Patient, rp_id: &str) -> RecordId {
    let record = register_unconfirmed(sim, rp_id);
    manage(&mut sim.world, Manage::Accept(record)).unwrap();
    record
}

/// As a site and its browser make a passkey.
pub(crate) fn register_unconfirmed(sim: &mut Patient, rp_id: &str) -> RecordId {
    let request = MakeCredential {
        client_data_hash: ClientDataHash([1; 32]),
        rp_id,
        user: User { id: HANDLE, name: Some(NAME), display_name: Some(NAME) },
        algorithms: Algorithms::new([Algorithm::Es256]),
        exclude: CredentialList::default(),
        exclude_app_id: None,
        extensions: RegistrationExtensions::default(),
        rk: Some(true),
        up: None,
        uv: true,
        pin_uv_auth: PinUvAuth::default(),
        enterprise_attestation: None,
        attestation_formats: Preference::default(),
        replacement: Replacement::Supersede,
    };
    sim.run(Command::MakeCredential(request)).result.unwrap();
    newest(sim, RecordKind::Credential)
}

pub(crate) fn signs_in(sim: &mut Patient, rp_id: &str) -> bool {
    sim.send(&request::get_assertion(rp_id)).status == 0x00
}

pub(crate) fn newest(sim: &Patient, kind: RecordKind) -> RecordId {
    let mut newest = None;
    let _ = sim
        .world
        .store
        .read(&Query::Kind { kind, before: None }, &mut |record| {
            newest = Some(record.id);
            ControlFlow::Break(())
        })
        .unwrap();
    newest.unwrap()
}

pub(crate) fn diagnoses(sim: &mut Patient) -> Vec<Diagnosis> {
    doctor(&mut sim.world).unwrap().diagnoses
}

pub(crate) fn troubles(sim: &mut Patient) -> Vec<Trouble> {
    diagnoses(sim).iter().map(|diagnosis| diagnosis.what).collect()
}

/// Every trouble that [`very_ill`] has: a phone has no settings to lose, and nothing is unknown to it.
pub(crate) fn ills() -> impl Iterator<Item = Trouble> {
    Trouble::ALL.into_iter().filter(|what| !matches!(what, Trouble::Other | Trouble::UnreadableSettings))
}

/// Everything at once.
pub(crate) fn very_ill() -> Patient {
    let mut before = keystore_that_deleted(&["deleted.example", "forgotten.example"]);
    let spoiled_key = newest(&before, RecordKind::KeyTombstone);
    before.world.store.inner.spoil(RecordKind::KeyTombstone, spoiled_key);

    // Here the store is opened by a program that has no keystore.
    let mut sim = Sim::over(phone(), before.world.store.inner, 2).unwrap();
    sim.clock.reboot();
    sim.clock.advance(Duration::from_secs(601));
    register(&mut sim, "well.example");
    let noted = register(&mut sim, "noted.example");
    manage(&mut sim.world, Manage::SetHostData(noted, &[0xa1, 0x00, 0x02])).unwrap();
    register(&mut sim, "twice.example");
    register(&mut sim, "twice.example");
    register_unconfirmed(&mut sim, "unconfirmed.example");
    let unreadable = register(&mut sim, "unreadable.example");
    sim.world.store.inner.spoil(RecordKind::Credential, unreadable);
    misindex(&mut sim);
    for (site, state) in [
        ("hidden.example", CredentialState::Hidden),
        ("invalidated.example", CredentialState::KeyInvalidated),
    ] {
        let record = register(&mut sim, site);
        manage(&mut sim.world, Manage::SetState(record, state)).unwrap();
    }
    host_records(&mut sim);
    large_blobs(&mut sim);
    sim
}

/// Large blobs that cannot be read any more.
fn large_blobs(sim: &mut Patient) {
    let platform = Platform::connect(sim, 2);
    let by_pin = platform.token_for("", 0x10, None);
    let reply = sim.send(&by_pin.without(0x06).with(0x02, subcommand::TOKEN_USING_UV));
    let token = platform.token(&reply).unwrap();
    for fragment in request::large_blob_fragments(&request::large_blob_array(100, 1), 100) {
        assert_eq!(sim.send(&token.writes(fragment)).status, 0x00);
    }
    let head = newest(sim, RecordKind::LargeBlob);
    sim.world.store.inner.spoil(RecordKind::LargeBlob, head);
}

fn misindex(sim: &mut Patient) {
    let record = register(sim, MISINDEXED);
    let store = &mut sim.world.store.inner;
    let mut kept = store.kept(RecordKind::Credential, record);
    kept.indexes.relying_party = Some(BlindKey([7; 16]));
    store.instead.insert((RecordKind::Credential, record), kept);
}

fn host_records(sim: &mut Patient) {
    let long_ago = [b"ceremony\x01".as_slice(), &1_u64.to_be_bytes(), &2_u64.to_be_bytes()].concat();
    let put: [(u8, &[u8]); 5] = [
        (1, b"a linked device"),
        (2, b"another linked device"),
        (3, b"ceremony\x02 of a later version"),
        (4, &long_ago),
        (5, b"as it was"),
    ];
    for (id, bytes) in put {
        manage(&mut sim.world, Manage::PutHost { record: RecordId([id; 16]), bytes }).unwrap();
    }
    sim.world.store.inner.spoil(RecordKind::Host, RecordId([2; 16]));
    let old = sim.world.store.inner.kept(RecordKind::Host, RecordId([5; 16]));
    let newer = Manage::PutHost { record: RecordId([5; 16]), bytes: b"as it is" };
    manage(&mut sim.world, newer).unwrap();
    sim.world.store.inner.instead.insert((RecordKind::Host, RecordId([5; 16])), old);
}
