//! Attempts at the host's verification, where this library counts them (CP-17): one is spent before anyone is asked, and all
//! are given back once the user was recognised.

use super::pin::write;
use crate::context::Context;
use crate::error::Error;
use crate::step::NeedsUser;
use crate::store::{CommitId, CommitKind, Settings, UV_RETRIES};

/// The prompt is shown for the attempt that is spent: where another process has spent the last one since, it is not.
pub(super) fn spend(cx: &mut Context<'_>, id: CommitId, needs: &NeedsUser) -> Result<(), Error> {
    let (header, standing) = cx.standing()?;
    if standing.is_verification_blocked() {
        return Err(needs.blocked(&standing));
    }
    let mut settings = standing.settings;
    settings.uv_retries = settings.uv_retries.saturating_sub(1);
    write(cx, CommitKind::Guard, id, header, &settings)
}

/// Nobody has tried: the attempt that was spent for the prompt is given back.
pub(super) fn refund(cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
    change(cx, id, |settings| settings.uv_retries = settings.uv_retries.saturating_add(1).min(UV_RETRIES))
}

pub(super) fn restore(cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
    change(cx, id, |settings| settings.uv_retries = UV_RETRIES)
}

fn change(cx: &mut Context<'_>, id: CommitId, change: impl FnOnce(&mut Settings)) -> Result<(), Error> {
    let (header, standing) = cx.standing()?;
    let mut settings = standing.settings;
    change(&mut settings);
    write(cx, CommitKind::Guard, id, header, &settings)
}
