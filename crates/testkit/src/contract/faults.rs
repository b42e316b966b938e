//! Every commit of every command that writes fails in every way, once and for good.

use super::bench::{Bench, dump, finish, meaning, works};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use super::writes::{Undisturbed, Write};
use crate::Fault;
use authenticator_core::store::CommitError;

/// What a command comes to whose commit fails.
struct Expected {
    status: u8,
    is_new: bool,
    /// How often the commit is asked for.
    tries: usize,
}

const MAX_TRIES: usize = 8;

const fn expected(write: Write, fault: Fault, lasting: bool) -> Expected {
    match (write, fault, lasting) {
        // A hint is tried once, and whatever comes of it never fails its command.
        (Write::SignIn, fault, _) => {
            Expected { status: 0x00, is_new: matches!(fault, Fault::After), tries: 0 }
        }
        (_, Fault::After, _) => Expected { status: 0x00, is_new: true, tries: 1 },
        (_, Fault::Before(CommitError::Conflict) | Fault::InDoubt, false) => {
            Expected { status: 0x00, is_new: true, tries: 2 }
        }
        (_, Fault::Before(CommitError::Conflict) | Fault::InDoubt, true) => {
            Expected { status: 0x7F, is_new: false, tries: MAX_TRIES }
        }
        (Write::LargeBlobs, Fault::Before(CommitError::Full), _) => {
            Expected { status: 0x18, is_new: false, tries: 1 }
        }
        (_, Fault::Before(CommitError::Full), _) => Expected { status: 0x28, is_new: false, tries: 1 },
        (_, Fault::Before(_), _) => Expected { status: 0x7F, is_new: false, tries: 1 },
    }
}

pub(super) fn old_or_new<F: Fixture>() -> Outcome {
    for write in Write::ALL {
        let new = Undisturbed::of::<F>(write)?;
        for (fault, lasting) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
            let context = format!("{write:?}, {fault:?}{}", if lasting { " for good" } else { "" });
            one::<F>(write, fault, lasting, &new).map_err(|fail| fail.during(context))?;
        }
    }
    Ok(String::new())
}

fn one<F: Fixture>(write: Write, fault: Fault, lasting: bool, new: &Undisturbed) -> Result<(), Fail> {
    let expected = expected(write, fault, lasting);
    let mut bench = Bench::<F>::prepared()?;
    let sim = &mut bench.sim;
    let old = dump(&sim.world.store)?;
    if lasting {
        sim.world.store.fail_commits_from(0, fault);
    } else {
        sim.world.store.fail_commit(0, fault);
    }
    let step = write.begin(sim)?;
    let ran = finish(sim, step)?;
    sim.world.store.heal();

    ensure!(ran.reply.status == expected.status, "it is answered {:#04X}", ran.reply.status);
    ensure!(ran.commits == expected.tries, "the commit is tried {} times", ran.commits);
    if !expected.is_new {
        ensure!(dump(&sim.world.store)? == old, "the store is not what it was");
    } else if expected.tries > 1 {
        // What is committed later is sealed anew.
        ensure!(meaning(sim)? == new.meaning, "the store is not what the command makes of it");
    } else {
        ensure!(dump(&sim.world.store)? == new.dump, "the store is not what the command makes of it");
        ensure!(ran.reply.raw == new.ran.reply.raw, "the reply is another");
    }
    works(sim)
}
