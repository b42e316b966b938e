//! What clientPIN writes: the PIN, the attempts at it, and the persistent token.

use crate::command::client_pin::{Attempt, Changed, GivenBack, Issue, Set};
use crate::context::Context;
use crate::error::{Error, PinError};
use crate::standing::Standing;
use crate::store::{CommitId, CommitKind, Header, Pin, Settings};

/// CP-13: written before the PIN is looked at.
pub(super) fn spend(cx: &mut Context<'_>, id: CommitId, attempt: &mut Attempt) -> Result<(), Error> {
    let (header, standing) = cx.standing()?;
    // Another process may have spent the last one since.
    standing.check_pin(cx.now)?;
    let mut settings = standing.settings;
    attempt.spend(cx, &mut settings)?;
    write(cx, CommitKind::Guard, id, header, &settings)
}

/// CP-09.
pub(super) fn give_back(cx: &mut Context<'_>, id: CommitId, given: &GivenBack) -> Result<(), Error> {
    let (header, Standing { mut settings, .. }) = cx.standing()?;
    if !settings.has_pin(given.verifier) {
        return Err(given.refused); // it is another's attempts that are counted now
    }
    settings.restore_retries();
    write(cx, CommitKind::Guard, id, header, &settings)
}

/// CP-06.
pub(super) fn set(cx: &mut Context<'_>, id: CommitId, set: &Set) -> Result<(), Error> {
    let (header, standing) = cx.standing()?;
    if header.generation != set.generation {
        return Err(Error::StoreReset); // nothing would recognise the PIN
    }
    if standing.pin_is_set() {
        return Err(PinError::AlreadySet.into());
    }
    let pin = set.new.accepted(&standing)?;
    replace(cx, id, header, standing.settings, pin)
}

/// CP-08.
pub(super) fn change(cx: &mut Context<'_>, id: CommitId, changed: &Changed) -> Result<(), Error> {
    let (header, standing) = cx.standing()?;
    if !standing.settings.has_pin(changed.old) {
        return Err(PinError::Wrong.into()); // another process has changed it since it was right
    }
    let pin = changed.accepted(&standing)?;
    replace(cx, id, header, standing.settings, pin)
}

/// A new PIN. What the old one authenticated is over, persistent or not (CP-08, TOK-19).
fn replace(
    cx: &mut Context<'_>,
    id: CommitId,
    mut header: Header,
    mut settings: Settings,
    pin: Pin,
) -> Result<(), Error> {
    settings.pin = Some(pin);
    settings.force_pin_change = false;
    settings.persistent_token = None;
    settings.restore_retries();
    header.auth_epoch = header.auth_epoch.saturating_add(1);
    write(cx, CommitKind::Effect, id, header, &settings)
}

/// CP-10, CP-11, CP-16.
pub(super) fn issue(cx: &mut Context<'_>, id: CommitId, issue: &mut Issue) -> Result<(), Error> {
    let (header, Standing { mut settings, .. }) = cx.standing()?;
    issue.note(&mut settings, header.commits.saturating_add(1))?;
    write(cx, CommitKind::Effect, id, header, &settings)
}

/// Writes the settings, and nothing else.
pub(super) fn write(
    cx: &mut Context<'_>,
    kind: CommitKind,
    id: CommitId,
    header: Header,
    settings: &Settings,
) -> Result<(), Error> {
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(kind, id, header)?;
    draft.put_settings(settings)?;
    draft.finish(device)
}

/// Whether a PIN that was set or changed is there.
pub(super) fn is_seen(cx: &mut Context<'_>, verifier: [u8; 16]) -> Result<bool, Error> {
    Ok(cx.standing()?.1.settings.has_pin(verifier))
}
