//! Saved bytes that are not what was saved, or not for this store.

use super::bench::{Bench, CREATE, bench, create, page};
use crate::ceremony::{Ceremony, CeremonyError};
use authenticator_core::{Command, DeviceKey, Manage, Profile};
use authenticator_host::{HashMapStore, World};
use authenticator_testkit::{HandClock, SeededRng};
use authenticator_webauthn::ClientDataSource;

fn saved(sim: &mut Bench) -> Vec<u8> {
    create(sim).save(&mut sim.world).unwrap()
}

#[test]
fn every_byte_flipped_is_found_out() {
    let mut sim = bench();
    let bytes = saved(&mut sim);
    for place in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xFF] {
            let mut spoiled = bytes.clone();
            spoiled[place] ^= mask;
            let error = Ceremony::restore(&mut sim.world, &spoiled).unwrap_err();
            let expected = match place {
                // 1 becomes 0 or a later version.
                0 | 33 if mask == 0x01 => CeremonyError::Damaged,
                0 | 33 => CeremonyError::Newer,
                17..33 => CeremonyError::OtherStore,
                _ => CeremonyError::Damaged,
            };
            assert_eq!(error, expected, "byte {place}");
        }
    }
    assert!(Ceremony::restore(&mut sim.world, &bytes).is_ok());
}

#[test]
fn truncated_or_lengthened_it_is_damaged() {
    let mut sim = bench();
    let bytes = saved(&mut sim);
    for length in 0..bytes.len() {
        let error = Ceremony::restore(&mut sim.world, &bytes[..length]).unwrap_err();
        assert_eq!(error, CeremonyError::Damaged, "{length} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Ceremony::restore(&mut sim.world, &longer).unwrap_err(), CeremonyError::Damaged);
}

#[test]
fn of_a_later_version_it_is_refused_as_such() {
    let mut sim = bench();
    let mut bytes = saved(&mut sim);
    for later in [2, 3, 0xFF] {
        bytes[0] = later;
        assert_eq!(Ceremony::restore(&mut sim.world, &bytes).unwrap_err(), CeremonyError::Newer);
    }
}

#[test]
fn the_id_of_another_ceremony_does_not_fit() {
    let mut sim = bench();
    let (mut one, two) = (saved(&mut sim), saved(&mut sim));
    one[1..17].copy_from_slice(&two[1..17]);
    assert_eq!(Ceremony::restore(&mut sim.world, &one).unwrap_err(), CeremonyError::Damaged);
}

#[test]
fn with_another_store_it_is_refused_as_such() {
    let mut sim = bench();
    let bytes = saved(&mut sim);
    let world = |key, seed| {
        let store = HashMapStore::default();
        let clock = HandClock::default();
        World::open(Profile::phone([0x44; 16]), &key, store, SeededRng::new(seed), clock).unwrap()
    };
    // The same device with a new store, and another device.
    for mut other in [world(authenticator_testkit::device_key(), 2), world(DeviceKey::new([1; 32]), 1)] {
        assert_eq!(Ceremony::restore(&mut other, &bytes).unwrap_err(), CeremonyError::OtherStore);
    }
}

#[test]
fn after_a_reset_it_is_of_another_store() {
    let mut sim = bench();
    let mut ceremony = Ceremony::create(&mut sim.world, CREATE, page(), ClientDataSource::Build).unwrap();
    let bytes = ceremony.save(&mut sim.world).unwrap();
    assert!(sim.run(Command::Manage(Manage::Reset)).result.is_ok());
    assert_eq!(Ceremony::restore(&mut sim.world, &bytes).unwrap_err(), CeremonyError::OtherStore);
    assert_eq!(ceremony.save(&mut sim.world), Err(CeremonyError::UsedUp));
    assert_eq!(ceremony.cancel(&mut sim.world), Err(CeremonyError::UsedUp));
}
