//! Power lost at every write, and processes killed after every command.

use super::bench::{Bench, Dump, dump, meaning, works};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use super::writes::{Undisturbed, Write, change_set};

pub(super) fn old_or_new<F: Fixture>() -> Outcome {
    let mut at = "";
    for write in Write::of_every_kind() {
        let new = Undisturbed::of::<F>(write)?;
        let mut bench = Bench::<F>::prepared()?;
        let old = dump(&bench.sim.world.store)?;
        let changes = change_set(&mut bench.sim, write)?;
        let mut place = bench.close();
        let (mut seen_old, mut seen_new, mut failed) = (false, false, None);
        at = place.cut(&changes, &mut |cut, at| {
            if failed.is_some() {
                return;
            }
            match judge(cut, &old, &new.dump) {
                Ok(is_new) => {
                    seen_old |= !is_new;
                    seen_new |= is_new;
                }
                Err(fail) => failed = Some(fail.during(format!("{write:?}, cut {at}"))),
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        ensure!(seen_old && seen_new, "{write:?}: the cuts miss either what was or what is to be");
    }
    Ok(at.to_owned())
}

/// Whether what was cut is as the command makes it, rather than as it was.
fn judge<F: Fixture>(cut: F, old: &Dump, new: &Dump) -> Result<bool, Fail> {
    let mut bench = Bench::at(cut, 9)?;
    let seen = dump(&bench.sim.world.store)?;
    let is_new = seen == *new;
    ensure!(is_new || seen == *old, "the store is neither old nor new");
    bench = Bench::at(bench.close(), 9)?;
    ensure!(dump(&bench.sim.world.store)? == seen, "it is another when it is opened again");
    works(&mut bench.sim)?;
    let later = dump(&bench.sim.world.store)?;
    let again = Bench::at(bench.close(), 9)?;
    ensure!(dump(&again.sim.world.store)? == later, "what was committed after the cut is lost");
    Ok(is_new)
}

pub(super) fn survives_a_kill<F: Fixture>() -> Outcome {
    for write in Write::of_every_kind() {
        killed_after::<F>(write).map_err(|fail| fail.during(format!("{write:?}")))?;
    }
    Ok(String::new())
}

fn killed_after<F: Fixture>(write: Write) -> Result<(), Fail> {
    let new = Undisturbed::of::<F>(write)?;
    let Bench { mut place, mut sim } = Bench::<F>::prepared()?;
    let old = dump(&sim.world.store)?;
    write.carry_out(&mut sim)?;
    place.kill(sim.world.store.inner)?;

    let mut bench = Bench::at(place, 9)?;
    let seen = dump(&bench.sim.world.store)?;
    let is_lost_hint = write.is_hint() && seen == old;
    ensure!(seen == new.dump || is_lost_hint, "what was committed is lost");
    if !is_lost_hint {
        ensure!(meaning(&mut bench.sim)? == new.meaning, "what was committed means something else");
    }
    works(&mut bench.sim)
}
