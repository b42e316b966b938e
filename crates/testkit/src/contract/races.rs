//! Two processes register at the same time, their steps interleaved in every way.

use super::bench::{
    Bench, credential, findings, finish, manage, meaning, prepare, register, registration, sign_in,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use crate::Sim;
use authenticator_core::store::Store;
use authenticator_core::{Manage, begin};

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
    Ok(String::new())
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
