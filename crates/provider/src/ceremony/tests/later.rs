//! What a later version has written is not written again, and holds up nothing else.

use super::bench::{CREATE, finish, page};
use crate::ceremony::Ceremony;
use crate::evidence::write;
use crate::{State, catalogue};
use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, Lookup, Query, Record, RecordId, Store, StoreError, Visit,
};
use authenticator_core::{Error, Manage, Profile};
use authenticator_host::HashMapStore;
use authenticator_host::blocking::manage;
use authenticator_testkit::Sim;
use authenticator_webauthn::ClientDataSource;
use std::cell::Cell;
use std::ops::ControlFlow;

/// A store of which one command takes something for a later version's. A passkey's record cannot be made so from outside: only
/// the library seals it. The header's first byte can, and to the command it is the same refusal.
#[derive(Default)]
struct Later {
    store: HashMapStore,
    next_is_later: Cell<bool>,
}

impl Lookup for Later {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(query, &mut |record| {
            let mut body = record.body.to_vec();
            if record.id == RecordId::HEADER && self.next_is_later.take() {
                body[0] += 1;
            }
            visit(Record { body: &body, ..record })
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.store.last_commit()
    }
}

impl Store for Later {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.store.commit(changes)
    }
}

#[test]
fn s38_a_passkey_of_a_later_version_does_not_keep_the_others_in_doubt() {
    let mut sim = Sim::over(Profile::phone([0x44; 16]), Later::default(), 1).unwrap();
    for user in ["dXNlci0x", "dXNlci0y"] {
        let options = CREATE.replace("dXNlci0x", user);
        let ceremony = Ceremony::create(&mut sim.world, &options, page(), ClientDataSource::Build).unwrap();
        drop(finish(&mut sim, ceremony).unwrap());
    }
    let records: Vec<RecordId> = catalogue(&mut sim.world).unwrap().iter().map(crate::Item::record).collect();
    let changes: Vec<Manage<'static>> = records.iter().copied().map(Manage::Accept).collect();

    sim.world.store.inner.next_is_later.set(true);
    assert_eq!(manage(&mut sim.world, changes[0]), Err(Error::StoreNewer));
    sim.world.store.inner.next_is_later.set(true);
    write(&mut sim.world, changes).unwrap();
    let states: Vec<State> = catalogue(&mut sim.world).unwrap().iter().map(crate::Item::state).collect();
    assert_eq!(states, [State::Unconfirmed, State::Active]);
}
