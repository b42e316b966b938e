//! Other device keys and other places.

use super::bench::{
    Bench, ELSEWHERE, OTHER, SITE, USER, dump, manage, meaning, prepare, register, sign_in, sim, works,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use authenticator_core::store::Store;
use authenticator_core::{DeviceKey, Error, Manage};
use authenticator_host::OpenError;

/// Opening with another device key fails and changes nothing.
fn is_shut_to_others<S: Store>(store: S, key: DeviceKey) -> Result<(), Fail> {
    let opened = sim(store, key, 3);
    let error = opened.err();
    ensure!(
        error == Some(OpenError::Store(Error::StoreUnreadable)),
        "opened with another device key it says {error:?}"
    );
    Ok(())
}

const fn another_key() -> DeviceKey {
    DeviceKey::new([0xD1; 32])
}

pub(super) fn another_device_key<F: Fixture>() -> Outcome {
    let mut bench = Bench::<F>::at(F::new(), 1)?;
    let credential = register(&mut bench.sim, SITE, USER)?;
    let before = dump(&bench.sim.world.store)?;
    for key in [another_key(), DeviceKey::new([0; 32])] {
        is_shut_to_others(bench.place.open(), key)?;
        ensure!(dump(&bench.sim.world.store)? == before, "the other device key has changed it");
    }
    sign_in(&mut bench.sim, SITE, &credential)?;
    Ok(String::new())
}

pub(super) fn elsewhere<F: Fixture>() -> Outcome {
    let mut bench = Bench::<F>::at(F::new(), 1)?;
    let credential = register(&mut bench.sim, SITE, USER)?;
    prepare(&mut bench.sim)?;
    let later = register(&mut bench.sim, SITE, USER)?;
    let before = dump(&bench.sim.world.store)?;
    let mut place = bench.close();
    let mut copied = place.copy()?;

    // Without its device key a copy is nothing; with it, it is the store, to the byte.
    is_shut_to_others(copied.open(), another_key())?;
    let mut copy = Bench::at(copied, 2)?;
    ensure!(dump(&copy.sim.world.store)? == before, "the copy is not what was copied");
    sign_in(&mut copy.sim, SITE, &later)?;
    ensure!(sign_in(&mut copy.sim, SITE, &credential).is_err(), "what was replaced signs in");

    // From then on they are two.
    let record = meaning(&mut copy.sim)?.record_of(SITE, OTHER)?;
    manage(&mut copy.sim, Manage::Delete(record))?;
    let in_copy = dump(&copy.sim.world.store)?;
    let mut original = Bench::at(place, 3)?;
    ensure!(dump(&original.sim.world.store)? == before, "what is done to the copy is done to the store");
    sign_in(&mut original.sim, SITE, &later)?;
    register(&mut original.sim, ELSEWHERE, OTHER)?;
    ensure!(dump(&copy.sim.world.store)? == in_copy, "what is done to the store is done to the copy");
    works(&mut copy.sim)?;
    works(&mut original.sim)?;
    Ok(String::new())
}
