//! What the tests share: processes over one store, two requests, and verbs.

use crate::catalogue;
use crate::ceremony::{Ceremony, CeremonyError};
use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, Lookup, Query, RecordKind, Store, StoreError, Visit,
};
use authenticator_core::{Done, Profile};
use authenticator_host::{Clock, HashMapStore, blocking};
use authenticator_testkit::Sim;
use authenticator_webauthn::{Caller, ClientDataSource, Origin, ResponseJson};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

/// One store in several hands.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Rc<RefCell<HashMapStore>>);

impl Lookup for Shared {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.0.borrow().read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.0.borrow().last_commit()
    }
}

impl Store for Shared {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.0.borrow_mut().commit(changes)
    }
}

pub(super) type Bench = Sim<Shared>;

pub(super) const CREATE: &str = r#"{
    "rp": {"id": "example.com", "name": "Example"},
    "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
    "challenge": "AAECAwQFBgcICQoLDA0ODw",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "authenticatorSelection": {"residentKey": "required"},
    "attestation": "direct"
}"#;

/// A registration that leaves nothing in the store.
pub(super) const NOT_KEPT: &str = r#"{
    "rp": {"id": "example.com", "name": "Example"},
    "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
    "challenge": "AAECAwQFBgcICQoLDA0ODw",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "authenticatorSelection": {"residentKey": "discouraged"}
}"#;

pub(super) const GET: &str = r#"{"rpId": "example.com", "challenge": "AAECAwQFBgcICQoLDA0ODw"}"#;

pub(super) fn page() -> Caller {
    let origin = Origin::parse("https://example.com").unwrap();
    Caller::Web { origin, top_origin: None, cross_origin: false }
}

pub(super) fn app(package_name: Option<&str>) -> Caller {
    let hash = authenticator_webauthn::base64url::encode(&[9; 32]);
    let origin = Origin::parse(&format!("android:apk-key-hash:{hash}")).unwrap();
    Caller::App { origin, package_name: package_name.map(str::to_owned) }
}

/// A phone with an empty store.
pub(super) fn bench() -> Bench {
    Sim::over(Profile::phone([0x44; 16]), Shared::default(), 1).unwrap()
}

/// Another process on the same phone at the same time.
pub(super) fn other_process(sim: &Bench, seed: u64) -> Bench {
    let other = Sim::over(Profile::phone([0x44; 16]), sim.world.store.inner.clone(), seed).unwrap();
    other.clock.set(sim.clock.now());
    other
}

pub(super) fn create(sim: &mut Bench) -> Ceremony {
    Ceremony::create(&mut sim.world, CREATE, page(), ClientDataSource::Build).unwrap()
}

pub(super) fn get(sim: &mut Bench) -> Ceremony {
    Ceremony::get(&mut sim.world, GET, page(), ClientDataSource::Build).unwrap()
}

/// Runs the command, the person and the keys doing as they were told.
pub(super) fn run<S: Store>(sim: &mut Sim<S>, ceremony: &Ceremony) -> Done {
    let Sim { world, user, keys, requester, .. } = sim;
    let done = blocking::run(world, user, keys, |cx| ceremony.begin(cx, *requester));
    sim.world.write_hint(&done);
    done
}

pub(super) fn finish<S: Store>(sim: &mut Sim<S>, ceremony: Ceremony) -> Result<ResponseJson, CeremonyError> {
    let done = run(sim, &ceremony);
    ceremony.finish(&mut sim.world, &done.result)
}

/// Registers a passkey, and leaves no trace but that.
pub(super) fn register(sim: &mut Bench) {
    let ceremony = create(sim);
    drop(finish(sim, ceremony).unwrap());
}

pub(super) fn passkeys<S: Store>(sim: &mut Sim<S>) -> usize {
    catalogue(&mut sim.world).unwrap().len()
}

/// How many records of ceremonies there are.
pub(super) fn records<S: Store>(sim: &mut Sim<S>) -> usize {
    let mut records = 0;
    let flow = sim.world.store.read(&Query::Kind { kind: RecordKind::Host, before: None }, &mut |_| {
        records += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    records
}
