//! The store is full.

use super::bench::{
    Bench, ELSEWHERE, SITE, credential, dump, finish, manage, meaning, profile, register, registration,
    sign_in, works,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use super::writes::use_keystore;
use crate::reply::AuthData;
use crate::{Sim, device_key};
use authenticator_core::credential::MAX_HOST_DATA;
use authenticator_core::store::{CommitError, Lookup, Store};
use authenticator_core::{Authenticator, Command, Error, Manage, begin};

const KEY_STORE_FULL: u8 = 0x28;

/// The first account that is registered.
const FIRST: [u8; 4] = 0_u32.to_be_bytes();

/// A place that is not full by then is not small.
const MANY: u32 = 1000;

pub(super) fn loses_nothing<F: Fixture>() -> Outcome {
    let mut bench = Bench::at(F::small()?, 1)?;
    let sim = &mut bench.sim;
    use_keystore(sim)?;
    register(sim, ELSEWHERE, &FIRST)?;
    *sim.world.authenticator = Authenticator::new(profile(), &device_key())?;
    let mut kept = fill(sim, SITE)?;
    ensure!(kept.len() > 2, "it is full with {} credentials", kept.len());

    // An account that has a passkey may get another in its place, or not; it has one of them then.
    let request = registration(SITE, &FIRST).encode();
    let before = dump(&sim.world.store)?;
    let step = begin(&request, &mut sim.world.context(), sim.requester);
    let ran = finish(sim, step).map_err(|fail| fail.during("overwriting"))?;
    match ran.reply.status {
        0x00 => {
            kept.remove(0);
            kept.push(credential(&ran.reply)?);
        }
        status => {
            ensure!(status == KEY_STORE_FULL, "overwriting is answered {status:#04X}");
            ensure!(dump(&sim.world.store)? == before, "overwriting has changed what it could not replace");
        }
    }
    let record = meaning(sim)?.record_of(SITE, &FIRST)?;
    let before = dump(&sim.world.store)?;
    match sim.run(Command::Manage(Manage::SetHostData(record, &[7; MAX_HOST_DATA]))).result {
        Ok(_) => manage(sim, Manage::SetHostData(record, &[]))?,
        Err(error) => {
            ensure!(error == Error::Commit(CommitError::Full), "more host data: {error}");
            ensure!(dump(&sim.world.store)? == before, "more host data has changed what was there");
        }
    }
    for credential in &kept {
        sign_in(sim, SITE, credential).map_err(|fail| fail.during("full"))?;
    }

    // In the place of one whose key is in the host's keystore comes a tombstone for that key.
    let record = meaning(sim)?.record_of(ELSEWHERE, &FIRST)?;
    manage(sim, Manage::Delete(record)).map_err(|fail| fail.during("full"))?;
    for _ in 0..2 {
        let (gone, all) = (kept.remove(0), meaning(sim)?);
        let id = gone.credential_id.unwrap_or_default();
        let record = all.passkeys.iter().find(|passkey| passkey.id == id).map(|passkey| passkey.record);
        let record = record.ok_or_else(|| Fail::broken("a passkey is lost"))?;
        manage(sim, Manage::Delete(record)).map_err(|fail| fail.during("full"))?;
    }
    kept.push(register(sim, SITE, &MANY.to_be_bytes()).map_err(|fail| fail.during("after deletions"))?);
    for credential in &kept {
        sign_in(sim, SITE, credential).map_err(|fail| fail.during("after deletions"))?;
    }

    fill(sim, ELSEWHERE)?;
    let reset = sim.send_bytes(&[0x07]).status;
    ensure!(reset == 0x00, "full, a reset is answered {reset:#04X}");
    ensure!(meaning(sim)?.passkeys.is_empty(), "a reset leaves passkeys");
    works(sim)?;
    Ok(String::new())
}

/// Registers at this site until there is no room. What was registered; what was refused has changed nothing.
fn fill<S: Store>(sim: &mut Sim<S>, site: &str) -> Result<Vec<AuthData>, Fail> {
    let mut kept = Vec::new();
    for user in 0..MANY {
        let before = dump(&sim.world.store)?;
        let room = sim.world.store.room().map_err(|error| Fail::broken(format!("its room: {error}")))?;
        let reply = sim.send(&registration(site, &user.to_be_bytes()));
        if reply.status == 0x00 {
            kept.push(credential(&reply)?);
            continue;
        }
        ensure!(reply.status == KEY_STORE_FULL, "full, a registration is answered {:#04X}", reply.status);
        ensure!(matches!(room, None | Some(0)), "full, it says that {} more fit", room.unwrap_or(0));
        ensure!(dump(&sim.world.store)? == before, "full, a registration has changed what is there");
        return Ok(kept);
    }
    Err(Fail::broken(format!("it takes {MANY} credentials, and is not full")))
}
