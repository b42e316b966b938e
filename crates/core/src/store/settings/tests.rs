//! What the user has set is written, read, and not taken back by whoever puts an older record in its place.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate std;

use super::{PIN_RETRIES, Pin, Settings, UV_RETRIES};
use crate::credential::RpIdHash;
use crate::key::Backend;
use crate::secret::Secret;
use crate::store::draft::Draft;
use crate::store::{
    Change, ChangeSet, CommitId, CommitKind, DeviceKeys, Header, Lookup, MemoryStore, Query, Record,
    RecordId, RecordKind, Store, StoreKeys, Vault, format,
};
use crate::time::BootId;
use authenticator_testkit::SeededRng;
use core::cell::Cell;
use core::ops::ControlFlow;
use std::vec::Vec;

const BOOT: BootId = BootId([1; 16]);

struct Scene {
    store: MemoryStore<4>,
    device: DeviceKeys,
}

impl Scene {
    fn new() -> Self {
        let device = DeviceKeys::new(&Secret::new([0xD0; 32]));
        let (mut store, mut changes) = (MemoryStore::new(), ChangeSet::empty());
        format(CommitId([1; 16]), false, &device, &mut SeededRng::new(1), &mut changes).unwrap();
        store.commit(&changes).unwrap();
        Self { store, device }
    }

    fn header(&self) -> Header {
        Header::load(&self.store, &self.device).unwrap()
    }

    fn keys(&self) -> StoreKeys {
        self.device.keys_of(&self.header().generation_secret)
    }

    fn read(&self) -> Settings {
        let (keys, damaged) = (self.keys(), Cell::new(0));
        let vault = Vault::new(&self.store, &keys, self.header().generation, Backend::SOFTWARE, &damaged);
        vault.known_settings(&self.header()).unwrap().unwrap_or_else(Settings::lost)
    }

    fn write(&mut self, settings: &Settings) {
        let (keys, header, mut rng, mut changes) =
            (self.keys(), self.header(), SeededRng::new(2), ChangeSet::empty());
        let id = CommitId([2; 16]);
        let mut draft =
            Draft::begin(CommitKind::Effect, id, header, BOOT, &keys, &mut rng, &mut changes).unwrap();
        draft.put_settings(settings).unwrap();
        draft.finish(&self.device).unwrap();
        self.store.commit(&changes).unwrap();
    }

    fn kept(&self, kind: RecordKind) -> Vec<(u64, Vec<u8>)> {
        let mut kept = Vec::new();
        let query = Query::Record { kind, id: RecordId::SETTINGS };
        let _ = self
            .store
            .read(&query, &mut |record| {
                kept.push((record.version, record.body.to_vec()));
                ControlFlow::Continue(())
            })
            .unwrap();
        kept
    }

    /// Puts a record in the place of the one there, or takes it away, as whoever can write the file may.
    fn tamper(&mut self, kind: RecordKind, kept: &[(u64, Vec<u8>)]) {
        let mut changes = ChangeSet::empty();
        changes.start(CommitKind::Effect, CommitId([3; 16]));
        changes.remove(kind, RecordId::SETTINGS).unwrap();
        for (version, body) in kept {
            let (id, indexes) = (RecordId::SETTINGS, crate::store::Indexes::default());
            changes.put(Record { kind, id, version: *version, number: 0, indexes, body }).unwrap();
        }
        assert!(changes.changes().any(|change| matches!(change, Change::Remove { .. })));
        self.store.commit(&changes).unwrap();
    }

    fn assert_lost(&self) {
        let settings = self.read();
        assert_eq!((settings.pin_retries, settings.always_uv), (0, true), "nothing is easier than it was");
        assert!(settings.pin.is_some());
    }
}

fn some_settings() -> Settings {
    let mut settings = Settings::new();
    settings.pin = Some(Pin { verifier: [7; 16], length: 9 });
    settings.spend_pin_retry(BOOT);
    settings.uv_retries = 3;
    settings.min_pin_length = 6;
    settings.always_uv = true;
    settings.persistent_token = Some(u64::MAX);
    for byte in 0..8 {
        settings.min_pin_length_rp_ids.push(RpIdHash([byte; 32])).unwrap();
    }
    settings
}

/// Covers: CP-20
#[test]
fn settings_are_read_as_they_were_written() {
    let mut scene = Scene::new();
    assert!(scene.read().pin.is_none());
    scene.write(&some_settings());
    let read = scene.read();
    assert_eq!(read.pin.map(|pin| (pin.verifier, pin.length)), Some(([7; 16], 9)));
    assert_eq!((read.pin_retries, read.uv_retries, read.min_pin_length), (PIN_RETRIES - 1, 3, 6));
    assert_eq!((read.always_uv, read.force_pin_change, read.enterprise_attestation), (true, false, false));
    assert_eq!(read.persistent_token, Some(u64::MAX));
    assert_eq!(read.min_pin_length_rp_ids, some_settings().min_pin_length_rp_ids);
}

#[test]
fn an_older_record_that_was_put_back_gives_no_attempt_back() {
    let mut scene = Scene::new();
    scene.write(&some_settings());
    let (old, header) = (scene.kept(RecordKind::Settings), scene.kept(RecordKind::Header));
    scene.write(&some_settings());
    scene.tamper(RecordKind::Settings, &old);
    scene.assert_lost();

    let mut scene = Scene::new();
    scene.write(&some_settings());
    scene.write(&some_settings());
    scene.tamper(RecordKind::Header, &header);
    scene.assert_lost();
}

#[test]
fn a_record_that_was_changed_or_taken_away_unsets_no_pin() {
    let mut scene = Scene::new();
    let before_there_was_any = scene.kept(RecordKind::Header);
    scene.write(&some_settings());
    let mut spoiled = scene.kept(RecordKind::Settings);
    *spoiled[0].1.last_mut().unwrap() ^= 1;
    scene.tamper(RecordKind::Settings, &spoiled);
    scene.assert_lost();
    scene.tamper(RecordKind::Settings, &[]);
    scene.assert_lost();

    let mut scene = Scene::new();
    scene.write(&some_settings());
    scene.tamper(RecordKind::Header, &before_there_was_any);
    scene.assert_lost();
}

/// Covers: CP-12, CP-13
#[test]
fn wrong_pins_are_counted_within_a_boot_and_over_all_of_them() {
    let mut settings = Settings::new();
    for wrong in 1..=3 {
        assert!(!settings.awaits_power_cycle(BOOT));
        settings.spend_pin_retry(BOOT);
        assert_eq!(settings.pin_retries, PIN_RETRIES - wrong);
    }
    assert!(settings.awaits_power_cycle(BOOT));
    let next = BootId([2; 16]);
    assert!(!settings.awaits_power_cycle(next));
    settings.spend_pin_retry(next);
    assert_eq!((settings.pin_retries, settings.awaits_power_cycle(next)), (PIN_RETRIES - 4, false));
    settings.uv_retries = 0;
    settings.restore_retries();
    assert_eq!((settings.pin_retries, settings.uv_retries), (PIN_RETRIES, UV_RETRIES));
    assert!(!settings.awaits_power_cycle(next));
}
