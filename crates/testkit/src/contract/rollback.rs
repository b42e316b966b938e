//! The whole store is replaced by an older copy of itself.

use super::bench::{
    Bench, SITE, USER, dump, manage, meaning, prepare, profile, register, sign_in, sim, stage, works,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use crate::{FakeAnchor, FaultStore, HandClock, SeededRng, Sim, device_key};
use authenticator_core::store::Store;
use authenticator_core::{Error, Manage};
use authenticator_host::{Anchored, OpenError, World};

/// What happens after the copy is made: a passkey goes, another comes.
fn goes_on<S: Store>(sim: &mut Sim<S>) -> Result<crate::reply::AuthData, Fail> {
    let record = meaning(sim)?.record_of(SITE, USER)?;
    manage(sim, Manage::Delete(record))?;
    register(sim, SITE, b"later")
}

/// `SECURITY.md`: without a number kept outside nobody can tell. What is shown is that nothing pretends to.
pub(super) fn passes_without_an_anchor<F: Fixture>() -> Outcome {
    let bench = Bench::<F>::prepared()?;
    let then = dump(&bench.sim.world.store)?;
    let mut place = bench.close();
    let older = place.copy()?;

    let mut bench = Bench::at(place, 2)?;
    let later = goes_on(&mut bench.sim)?;
    drop(bench.close());

    let mut rolled_back = Bench::at(older, 3)?;
    ensure!(dump(&rolled_back.sim.world.store)? == then, "the older copy is not what it was");
    meaning(&mut rolled_back.sim)?.of(SITE, USER)?;
    ensure!(sign_in(&mut rolled_back.sim, SITE, &later).is_err(), "what came later is known");
    works(&mut rolled_back.sim)?;
    Ok("nobody can tell, as `SECURITY.md` says".to_owned())
}

pub(super) fn is_refused_with_an_anchor<F: Fixture>() -> Outcome {
    let anchor = FakeAnchor::default();
    let anchored = |store: F::Store| Anchored { store, anchor: anchor.clone() };
    let open = |store: F::Store, seed: u64| {
        let opened = sim(anchored(store), device_key(), seed);
        opened.map_err(|error| Fail::broken(format!("it cannot be opened: {error}")))
    };
    let refused = |store: F::Store| -> Result<(), Fail> {
        let error = sim(anchored(store), device_key(), 9).err();
        let expected = Some(OpenError::Store(Error::StoreRolledBack));
        ensure!(error == expected, "an older copy is opened: {error:?}");
        Ok(())
    };
    let mut place = F::new();
    let mut first = open(place.open(), 1)?;
    prepare(&mut first)?;
    drop(first);
    let mut older = place.copy()?;
    let mut now = open(place.open(), 2)?;
    let later = goes_on(&mut now)?;
    drop(now);

    let then = dump(&older.open())?;
    refused(older.open())?;
    ensure!(dump(&older.open())? == then, "the refusal has changed it");
    let mut newest = open(place.open(), 3)?;
    sign_in(&mut newest, SITE, &later)?;
    works(&mut newest)?;
    drop(newest);

    // Its owner may take the older copy all the same; then that is the newest, and the other one is refused.
    let clock = HandClock::default();
    let store = FaultStore::new(anchored(older.open()));
    let world = World::accept_roll_back(profile(), &device_key(), store, SeededRng::new(4), clock.clone());
    let world = world.map_err(|error| Fail::broken(format!("it cannot be accepted: {error}")))?;
    let mut accepted = stage(world, clock);
    meaning(&mut accepted)?.of(SITE, USER)?;
    works(&mut accepted)?;
    drop(accepted);
    refused(place.open())?;
    works(&mut open(older.open(), 5)?)?;
    Ok(String::new())
}
