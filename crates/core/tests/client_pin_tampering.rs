//! Whoever can write the store's file takes the PIN's record away, or puts an older one back: no attempt comes of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pin;

use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, Indexes, Lookup, Query, Record, RecordKind, Store, StoreError, Visit,
};
use authenticator_host::HashMapStore;
use authenticator_testkit::Sim;
use authenticator_testkit::request::make_credential;
use pin::*;
use std::ops::ControlFlow;

/// What is shown in place of the settings' record.
#[derive(Clone, Debug, Default)]
enum Shown {
    #[default]
    AsItIs,
    Nothing,
    /// A record of this version and body.
    Older(u64, Vec<u8>),
}

#[derive(Debug, Default)]
struct Tampered {
    inner: HashMapStore,
    shown: Shown,
}

impl Tampered {
    /// The settings' record of today.
    fn kept(&self) -> Shown {
        let mut kept = Shown::Nothing;
        let query = Query::Kind { kind: RecordKind::Settings, before: None };
        let _ = self
            .inner
            .read(&query, &mut |record| {
                kept = Shown::Older(record.version, record.body.to_vec());
                ControlFlow::Break(())
            })
            .unwrap();
        kept
    }
}

impl Lookup for Tampered {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.inner.read(query, &mut |record| match &self.shown {
            Shown::Nothing if record.kind == RecordKind::Settings => ControlFlow::Continue(()),
            Shown::Older(version, body) if record.kind == RecordKind::Settings => {
                visit(Record { version: *version, body, indexes: Indexes::default(), ..record })
            }
            _ => visit(record),
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.inner.last_commit()
    }
}

impl Store for Tampered {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.inner.commit(changes)
    }
}

/// Covers: CP-13, CP-14
#[test]
fn a_record_that_is_not_the_last_one_blocks_the_pin() {
    let build = || {
        let mut sim = Sim::over(security_key(), Tampered::default(), 1).unwrap();
        assert_eq!(set_pin(&mut sim, PIN), 0x00);
        let fresh = sim.world.store.inner.kept();
        assert_eq!(try_pin(&mut sim, "0000"), 0x31);
        assert_eq!(retries(&mut sim), (7, false));
        (sim, fresh)
    };
    let (_, fresh) = build();
    let changed = match fresh.clone() {
        Shown::Older(version, mut body) => {
            *body.last_mut().unwrap() ^= 1;
            Shown::Older(version + 1, body)
        }
        shown => shown,
    };
    for shown in [Shown::Nothing, fresh, changed] {
        let (mut sim, _) = build();
        sim.world.store.inner.shown = shown.clone();
        assert_eq!(retries(&mut sim).0, 0, "{shown:?}");
        assert_eq!(try_pin(&mut sim, PIN), 0x32);
        assert_eq!(change_pin(&mut sim, PIN, "5678"), 0x32);
        assert_eq!(set_pin(&mut sim, "5678"), 0x33, "and it is still set");
        assert_eq!(sim.send(&make_credential(SITE, b"user")).status, 0x36, "nothing goes without it");

        // Put back as it was, nothing is lost.
        sim.world.store.inner.shown = Shown::AsItIs;
        assert_eq!(retries(&mut sim), (7, false));
        assert_eq!(try_pin(&mut sim, PIN), 0x00);

        // Or a reset recovers.
        sim.world.store.inner.shown = shown;
        assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
        sim.world.store.inner.shown = Shown::AsItIs;
        assert_eq!(set_pin(&mut sim, "5678"), 0x00);
        assert_eq!(try_pin(&mut sim, "5678"), 0x00);
    }
}
