//! A command is dropped at every step, and right after its commit: its process dies, its host gives up.

use super::bench::{Bench, dump, works};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use super::writes::{Undisturbed, Write};
use authenticator_core::Step;
use authenticator_core::store::Store;

pub(super) fn old_or_new<F: Fixture>() -> Outcome {
    for write in Write::ALL {
        let new = Undisturbed::of::<F>(write)?;
        let mut answered = 0_usize;
        while dropped_after::<F>(write, answered, &new)
            .map_err(|fail| fail.during(format!("{write:?}, dropped after {answered} answers")))?
        {
            answered = answered.saturating_add(1);
        }
    }
    Ok(String::new())
}

/// False when the command is done by then.
fn dropped_after<F: Fixture>(write: Write, answered: usize, new: &Undisturbed) -> Result<bool, Fail> {
    let mut bench = Bench::<F>::prepared()?;
    let sim = &mut bench.sim;
    let old = dump(&sim.world.store)?;
    let mut step = write.begin(sim)?;
    for _ in 0..answered {
        step = sim.answer(step);
    }
    let changes = match &step {
        Step::NeedsCommit(needs) => needs.change_set(&sim.world.session).ok().cloned(),
        Step::Done(done) => done.hint(&sim.world.session).cloned(),
        _ => None,
    };
    let is_done = matches!(step, Step::Done(_));
    drop(step);
    let expected = if is_done && !write.is_hint() { &new.dump } else { &old };
    ensure!(dump(&sim.world.store)? == *expected, "the store is neither old nor new");
    if let Some(changes) = changes {
        let committed = sim.world.store.commit(&changes);
        ensure!(committed.is_ok(), "it cannot be committed: {committed:?}");
        ensure!(dump(&sim.world.store)? == new.dump, "committed, it is not what the command makes of it");
    }
    sim.world.power_cycle();
    works(sim)?;
    Ok(!is_done)
}
