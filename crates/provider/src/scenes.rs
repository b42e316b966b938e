//! What the tests share: a world whose user approves, registrations, and a store in which a record can be spoiled.

use crate::{Item, catalogue};
use authenticator_core::credential::ClientDataHash;
use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, Lookup, Query, Record, RecordId, RecordKind, Store, StoreError, Visit,
};
use authenticator_core::{
    Algorithm, Algorithms, AmongNamed, Asserted, AssertionExtensions, BootId, Command, Context,
    CredentialList, DeviceKey, Error, Gesture, GetAssertion, MakeCredential, NeedsUser, Now, PinUvAuth,
    Preference, Profile, RegistrationExtensions, Replacement, Reply, Requester, User,
};
use authenticator_host::{Clock, HashMapStore, SoftwareKeys, World, blocking, os_rng};
use rand_core::CryptoRng;
use std::ops::ControlFlow;
use std::time::Duration;

/// A clock that stands still.
pub(crate) struct Noon;

pub(crate) const NOON: u64 = 1_795_176_000;

impl Clock for Noon {
    fn now(&self) -> Now {
        Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(60), unix: Some(NOON) }
    }
}

/// A store that spoils one record whenever it is read.
#[derive(Default)]
pub(crate) struct Spoiling {
    store: HashMapStore,
    pub(crate) spoiled: Option<RecordId>,
}

impl Lookup for Spoiling {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(query, &mut |record| {
            let mut body = record.body.to_vec();
            if record.kind == RecordKind::Credential && self.spoiled == Some(record.id) {
                body[40] ^= 1;
            }
            visit(Record { body: &body, ..record })
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.store.last_commit()
    }
}

impl Store for Spoiling {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.store.commit(changes)
    }
}

pub(crate) fn world() -> World<Spoiling, impl CryptoRng, Noon> {
    let profile = Profile::phone(*b"provider's tests");
    World::open(profile, &DeviceKey::new([7; 32]), Spoiling::default(), os_rng(), Noon).unwrap()
}

type TheWorld<R> = World<Spoiling, R, Noon>;

fn approve(_: &NeedsUser, _: &mut Context<'_>) -> Result<Gesture, authenticator_core::Refusal> {
    Ok(Gesture::VERIFIED)
}

/// Registers a passkey and returns its line in the catalogue.
pub(crate) fn register<R: CryptoRng>(
    world: &mut TheWorld<R>,
    rp_id: &str,
    handle: &[u8],
    name: &str,
) -> Item {
    let request = MakeCredential {
        client_data_hash: ClientDataHash([1; 32]),
        rp_id,
        user: User { id: handle, name: Some(name), display_name: Some("Display") },
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
    let begin = |cx: &mut Context<'_>| Command::MakeCredential(request).begin(cx, Requester::default());
    blocking::run(world, &mut approve, &mut SoftwareKeys, begin).result.unwrap();
    catalogue(world).unwrap().remove(0)
}

/// Signs in at a site where the user has one passkey.
pub(crate) fn sign_in<R: CryptoRng>(world: &mut TheWorld<R>, rp_id: &str) -> Result<Asserted, Error> {
    let request = GetAssertion {
        rp_id,
        client_data_hash: ClientDataHash([2; 32]),
        allow: CredentialList::default(),
        among_named: AmongNamed::Chosen,
        extensions: AssertionExtensions::default(),
        up: true,
        uv: true,
        rk_present: false,
        pin_uv_auth: PinUvAuth::default(),
    };
    let begin = |cx: &mut Context<'_>| Command::GetAssertion(request).begin(cx, Requester::default());
    let done = blocking::run(world, &mut approve, &mut SoftwareKeys, begin);
    world.write_hint(&done);
    match done.result? {
        Reply::Asserted(asserted) => Ok(asserted),
        other => panic!("{other:?}"),
    }
}
