//! A prompt is open for an hour; nobody else notices, and nothing is lost when it is answered.

use super::bench::{
    Bench, HOST_RECORD, SITE, USER, credential, dump, finish, manage, meaning, register, registration,
    sign_in, works,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use crate::Sim;
use crate::request::get_assertion;
use authenticator_core::store::Store;
use authenticator_core::{Manage, Step, begin};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn holds_nobody_up<F: Fixture>() -> Outcome {
    registration_waits::<F>().map_err(|fail| fail.during("a registration"))?;
    sign_in_waits::<F>().map_err(|fail| fail.during("a sign-in"))?;
    Ok(String::new())
}

fn registration_waits<F: Fixture>() -> Result<(), Fail> {
    let mut bench = Bench::<F>::prepared()?;
    let mut other = bench.other_process(2)?;
    let before = meaning(&mut other)?;
    let step = wait(&mut bench.sim, &registration(SITE, b"handle-of-a-guest").encode())?;
    let kept = meanwhile(&bench.place, &mut other)?;
    bench.sim.clock.advance(HOUR);
    let ran = finish(&mut bench.sim, step)?;
    ensure!(ran.reply.status == 0x00, "it is answered {:#04X}", ran.reply.status);

    sign_in(&mut other, SITE, &credential(&ran.reply)?)?;
    sign_in(&mut bench.sim, "meanwhile.example", &kept)?;
    let after = meaning(&mut other)?;
    for passkey in before.passkeys {
        ensure!(after.passkeys.iter().any(|left| left.id == passkey.id), "an older passkey is lost");
    }
    ensure!(after.host_records == [(HOST_RECORD, vec![24])], "what the other has written is lost");
    works(&mut other)
}

fn sign_in_waits<F: Fixture>() -> Result<(), Fail> {
    let mut bench = Bench::<F>::prepared()?;
    let mut other = bench.other_process(2)?;
    let id = meaning(&mut other)?.of(SITE, USER)?.id.clone();
    let step = wait(&mut bench.sim, &get_assertion(SITE).list([id.as_slice()]).encode())?;
    meanwhile(&bench.place, &mut other)?;
    bench.sim.clock.advance(HOUR);
    let ran = finish(&mut bench.sim, step)?;
    ensure!(ran.reply.status == 0x00, "it is answered {:#04X}", ran.reply.status);
    ensure!(ran.reply.credential_id() == Some(id), "another passkey has signed");
    works(&mut other)
}

/// The command, as far as its prompt.
fn wait<S: Store>(sim: &mut Sim<S>, request: &[u8]) -> Result<Step, Fail> {
    let step = begin(request, &mut sim.world.context(), sim.requester);
    ensure!(matches!(step, Step::NeedsUser(_)), "nobody is asked");
    Ok(step)
}

/// Fifty commits of another connection, deletions among them. The passkey that it keeps of all that.
fn meanwhile<F: Fixture>(place: &F, other: &mut Sim<F::Store>) -> Result<crate::reply::AuthData, Fail> {
    for turn in 0..25_u8 {
        manage(other, Manage::PutHost { record: HOST_RECORD, bytes: &[turn] })?;
        let passing = if turn == 0 { SITE } else { "passing.example" };
        register(other, passing, b"passing")?;
        let record = meaning(other)?.record_of(passing, b"passing")?;
        manage(other, Manage::Delete(record))?;
        ensure!(
            place.is_folded() != Some(false),
            "what was deleted is still in a log: something is in the way"
        );
    }
    let before = dump(&other.world.store)?;
    let kept = register(other, "meanwhile.example", b"kept")?;
    ensure!(dump(&other.world.store)? != before, "nothing was written");
    Ok(kept)
}
