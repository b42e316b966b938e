//! Two processes write at the same time: two registrations, their steps interleaved in every way, and every command that
//! writes overtaken by a registration.

use super::bench::{
    Bench, Meaning, credential, findings, finish, manage, meaning, prepare, register, registration, sign_in,
    works,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use super::writes::{Undisturbed, Write};
use crate::Sim;
use authenticator_core::store::Store;
use authenticator_core::{Manage, Step, begin};

/// Four answers each: which turns are the second one's.
fn schedules() -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(|schedule| schedule.count_ones() == 4)
}

pub(super) fn both_succeed<F: Fixture>() -> Outcome {
    let mut first = Bench::<F>::at(F::new(), 1)?;
    prepare(&mut first.sim)?;
    let mut second = first.other_process(2)?;
    for users in [[b"one".as_slice(), b"two"], [b"one", b"one"]] {
        for schedule in schedules() {
            let context = format!("turns {schedule:08b}, users {}", if users[0] == users[1] { 1 } else { 2 });
            race(&mut first.sim, &mut second, users, schedule).map_err(|fail| fail.during(context))?;
        }
    }
    for write in Write::ALL {
        overtaken::<F>(write).map_err(|fail| fail.during(format!("{write:?}, overtaken")))?;
    }
    Ok(String::new())
}

/// Another process registers right before the command commits. Both get what they were promised.
fn overtaken<F: Fixture>(write: Write) -> Result<(), Fail> {
    const THEIR_SITE: &str = "overtaking.example";
    let alone = Undisturbed::of::<F>(write)?;
    let mut bench = Bench::<F>::prepared()?;
    let mut other = bench.other_process(2)?;
    let mut step = write.begin(&mut bench.sim)?;
    while !matches!(step, Step::NeedsCommit(_) | Step::Done(_)) {
        step = bench.sim.answer(step);
    }
    let theirs = register(&mut other, THEIR_SITE, b"theirs")?;
    let ran = finish(&mut bench.sim, step)?;
    ensure!(ran.reply.status == 0x00, "it is answered {:#04X}", ran.reply.status);

    let Meaning { passkeys, host_records, .. } = meaning(&mut bench.sim)?;
    let (of_them, ours): (Vec<_>, Vec<_>) =
        passkeys.into_iter().partition(|passkey| passkey.site == THEIR_SITE);
    // A hint that was overtaken is dropped.
    if !write.is_hint() {
        ensure!(ours == alone.meaning.passkeys, "the passkeys are not what the command makes of them");
        ensure!(
            host_records == alone.meaning.host_records,
            "the host's records are not what it makes of them"
        );
    }
    // A reset takes with it what came before its commit.
    if write == Write::Reset {
        ensure!(of_them.is_empty(), "a reset leaves what came before it");
    } else {
        sign_in(&mut bench.sim, THEIR_SITE, &theirs)?;
    }
    works(&mut other)
}

fn race<S: Store>(
    first: &mut Sim<S>,
    second: &mut Sim<S>,
    users: [&[u8]; 2],
    schedule: u8,
) -> Result<(), Fail> {
    const SITE: &str = "race.example";
    // Of the same account there is an older credential, which both are to replace.
    if users[0] == users[1] {
        register(first, SITE, users[0])?;
    }
    let before = meaning(second)?;
    let requests = users.map(|user| registration(SITE, user).encode());
    let mut one = begin(&requests[0], &mut first.world.context(), first.requester);
    let mut two = begin(&requests[1], &mut second.world.context(), second.requester);
    for turn in 0..8 {
        if schedule >> turn & 1 == 0 {
            one = first.answer(one);
        } else {
            two = second.answer(two);
        }
    }
    let replies = [finish(first, one)?.reply, finish(second, two)?.reply];
    let statuses = replies.each_ref().map(|reply| reply.status);
    ensure!(statuses == [0x00, 0x00], "they are answered {statuses:02X?}");

    let all = meaning(first)?;
    ensure!(meaning(second)? == all, "the two see different stores");
    let untouched = |passkeys: &[super::bench::Passkey]| {
        passkeys.iter().filter(|passkey| passkey.site != SITE).cloned().collect::<Vec<_>>()
    };
    ensure!(untouched(&all.passkeys) == untouched(&before.passkeys), "another site's passkeys have changed");
    let left: Vec<_> = all.passkeys.into_iter().filter(|passkey| passkey.site == SITE).collect();
    let expected = if users[0] == users[1] { 1 } else { 2 };
    ensure!(left.len() == expected, "{} passkeys are left of {expected}", left.len());
    for passkey in left {
        let given = [credential(&replies[0])?, credential(&replies[1])?];
        let given = given.into_iter().find(|given| given.credential_id.as_ref() == Some(&passkey.id));
        let given = given.ok_or_else(|| Fail::broken("a passkey is left that was promised to nobody"))?;
        sign_in(second, SITE, &given)?;
        manage(first, Manage::Delete(passkey.record))?;
    }
    let found = findings(second)?;
    ensure!(found.is_empty(), "the full check finds {found:?}");
    Ok(())
}
