//! What the tests share: a seeded world over a store, and the verbs they tell their stories with.

use crate::SqliteStore;
use authenticator_core::credential::ClientDataHash;
use authenticator_core::store::{CommitId, Lookup, Query, Record, RecordKind};
use authenticator_core::{
    Algorithm, Algorithms, AmongNamed, AssertionExtensions, BootId, Command, Context, CredentialList,
    DeviceKey, Error, Gesture, GetAssertion, MakeCredential, NeedsCommit, NeedsUser, Now, PinUvAuth,
    Preference, Profile, Refusal, RegistrationExtensions, Replacement, Reply, Requester, Step, User,
};
use authenticator_host::{Clock, Keys, OpenError, SoftwareKeys, World, blocking};
use rand_core::{TryCryptoRng, TryRng};
use rusqlite::Connection;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) type TestWorld = World<SqliteStore, SplitMix, Still>;

impl SqliteStore {
    /// The connection of a store that is not suspended.
    pub(crate) fn connection(&self) -> &Connection {
        &self.open.as_ref().unwrap().connection
    }
}

/// SplitMix64: the same numbers for the same seed, and no secrets made of them.
pub(crate) struct SplitMix(pub(crate) u64);

impl TryRng for SplitMix {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.try_next_u64()?.to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let random = self.try_next_u64()?.to_le_bytes();
            chunk.iter_mut().zip(random).for_each(|(place, byte)| *place = byte);
        }
        Ok(())
    }
}

impl TryCryptoRng for SplitMix {}

/// A clock that stands still, one second after power-up.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Now {
        Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(1), unix: Some(1_800_000_000) }
    }
}

/// A folder of its own and the path of a store in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passkeys.db");
    (folder, path)
}

pub(crate) const DEVICE: [u8; 32] = [7; 32];

pub(crate) fn world_of(store: SqliteStore, device: [u8; 32], seed: u64) -> Result<TestWorld, OpenError> {
    World::open(Profile::security_key([0; 16]), &DeviceKey::new(device), store, SplitMix(seed), Still)
}

pub(crate) fn world(path: &Path, seed: u64) -> TestWorld {
    world_of(SqliteStore::open(path).unwrap(), DEVICE, seed).unwrap()
}

fn touch(_: &NeedsUser, _: &mut Context<'_>) -> Result<Gesture, Refusal> {
    Ok(Gesture::TOUCH)
}

pub(crate) fn run(world: &mut TestWorld, command: Command<'_>) -> Result<Reply, Error> {
    let done =
        blocking::run(world, &mut touch, &mut SoftwareKeys, |cx| command.begin(cx, Requester::default()));
    world.write_hint(&done);
    done.result
}

pub(crate) fn registration<'a>(rp_id: &'a str, user: &'a str) -> Command<'a> {
    Command::MakeCredential(MakeCredential {
        client_data_hash: ClientDataHash([1; 32]),
        rp_id,
        user: User { id: user.as_bytes(), name: Some(user), display_name: Some(user) },
        algorithms: Algorithms::new([Algorithm::Es256]),
        exclude: CredentialList::default(),
        exclude_app_id: None,
        extensions: RegistrationExtensions::default(),
        rk: Some(true),
        up: None,
        uv: false,
        pin_uv_auth: PinUvAuth::default(),
        enterprise_attestation: None,
        attestation_formats: Preference::default(),
        replacement: Replacement::Overwrite,
    })
}

/// Registers a passkey and gives its id.
pub(crate) fn register(world: &mut TestWorld, rp_id: &str, user: &str) -> Result<Vec<u8>, Error> {
    match run(world, registration(rp_id, user))? {
        Reply::Registered(registered) => Ok(registered.credential_id().to_vec()),
        other => panic!("not a registration: {other:?}"),
    }
}

/// Takes a registration up to its commit.
pub(crate) fn up_to_commit(world: &mut TestWorld, site: &str) -> NeedsCommit {
    let mut cx = world.context();
    let step = registration(site, "user").begin(&mut cx, Requester::default());
    let Step::NeedsUser(needs) = step else { panic!("{step:?}") };
    let step = needs.resume(&mut cx, Ok(Gesture::TOUCH));
    let Step::NeedsKeypair(needs) = step else { panic!("{step:?}") };
    let key = SoftwareKeys.generate(&mut cx, needs.request());
    let step = needs.resume(&mut cx, key);
    let Step::NeedsSignature(needs) = step else { panic!("{step:?}") };
    let signature = SoftwareKeys.sign(&mut cx, needs.request());
    let step = needs.resume(&mut cx, signature);
    let Step::NeedsCommit(needs) = step else { panic!("{step:?}") };
    needs
}

/// Signs in with the newest passkey of the site and gives its id.
pub(crate) fn sign_in(world: &mut TestWorld, rp_id: &str) -> Result<Vec<u8>, Error> {
    let command = Command::GetAssertion(GetAssertion {
        rp_id,
        client_data_hash: ClientDataHash([2; 32]),
        allow: CredentialList::default(),
        among_named: AmongNamed::Newest,
        extensions: AssertionExtensions::default(),
        up: true,
        uv: false,
        rk_present: false,
        pin_uv_auth: PinUvAuth::default(),
    });
    match run(world, command)? {
        Reply::Asserted(asserted) => Ok(asserted.credential_id.as_slice().to_vec()),
        other => panic!("not an assertion: {other:?}"),
    }
}

pub(crate) const ALL_CREDENTIALS: Query = Query::Kind { kind: RecordKind::Credential, before: None };

/// Kind, id, version, number and body of every record, and the last commit.
pub(crate) type Content = (Vec<(u8, [u8; 16], u64, u64, Vec<u8>)>, Option<CommitId>);

pub(crate) fn content(store: &SqliteStore) -> Content {
    let mut records = Vec::new();
    for kind in [RecordKind::Header, RecordKind::Credential] {
        for record in read(store, &Query::Kind { kind, before: None }, |record| {
            (record.kind.code(), record.id.0, record.version, record.number, record.body.to_vec())
        }) {
            records.push(record);
        }
    }
    (records, store.last_commit().unwrap())
}

pub(crate) fn read<T>(store: &SqliteStore, query: &Query, mut each: impl FnMut(&Record<'_>) -> T) -> Vec<T> {
    let mut found = Vec::new();
    let flow = store.read(query, &mut |record| {
        found.push(each(&record));
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    found
}

/// Does what only somebody with the file in hand can: breaks the rules of the tables, and puts the rules back.
pub(crate) fn spoil(path: &Path, spoiling: &str) {
    let rewrite = |from: &str, to: &str| {
        let raw = Connection::open(path).unwrap();
        raw.execute_batch(&format!(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '{from}', '{to}')"
        ))
        .unwrap();
    };
    rewrite(") STRICT", ") /*T*/");
    let raw = Connection::open(path).unwrap();
    raw.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
    raw.execute_batch(spoiling).unwrap();
    drop(raw);
    rewrite(") /*T*/", ") STRICT");
}
