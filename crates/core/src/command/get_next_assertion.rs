//! authenticatorGetNextAssertion (CTAP 2.3 §6.3).

use super::get_assertion::{AwaitAssertion, Selected};
use super::sign_count::{Count, ReserveCounter, Then, take};
use crate::context::Context;
use crate::error::Error;
use crate::key::SignatureRequest;
use crate::session::Remembered;
use crate::step::{AfterSignature, NeedsSignature, Step};
use core::ops::ControlFlow;

/// Signs with the next older credential of the getAssertion that `remembered` continues (GN-05).
pub(super) fn begin(cx: &mut Context<'_>, remembered: Option<Remembered>) -> Result<Step, Error> {
    go_on(cx, remembered.ok_or(Error::NothingToContinue)?)
}

/// Where the credential's counter has no value left, more are reserved first, and then it goes on again.
pub(super) fn go_on(cx: &mut Context<'_>, remembered: Remembered) -> Result<Step, Error> {
    let header = cx.open()?;
    let Remembered { rp_id_hash, client_data_hash, series } = remembered;
    if !series.is_of(&header) {
        return Err(Error::NothingToContinue);
    }
    let verified = series.proof.verified.is_some();
    let mut next = None;
    let _ = cx.opened_vault(header.generation)?.offered(&rp_id_hash, Some(series.cursor), &mut |entry| {
        if entry.credential.cred_protect.admits(verified, false) {
            next = Some(Selected::of(entry));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    // A credential that was deleted since leaves the list shorter than it was announced.
    let mut selected = next.ok_or(Error::NothingToContinue)?;
    let sign_count = match take(cx, &selected, series.proof.consent.is_some())? {
        Count::Value(sign_count) => sign_count,
        Count::NotReserved(whose) => {
            let remembered = Remembered { rp_id_hash, client_data_hash, series };
            return ReserveCounter::begin(cx, whose, Then::GetNextAssertion(remembered));
        }
    };
    selected.hide_names_unless(verified);
    let auth_data = selected.auth_data(cx, &rp_id_hash, &series.proof, &series.extensions, sign_count)?;
    let beside = series.extensions.beside(&selected.extended, verified);
    let request = SignatureRequest {
        key: selected.key,
        algorithm: selected.algorithm,
        rp_id_hash,
        auth_data,
        client_data_hash,
    };
    let then = AwaitAssertion {
        credential_id: selected.credential_id,
        user: selected.user,
        number_of_credentials: None, // GN-02
        user_selected: false,
        series: series.advanced(selected.number, cx.now),
        beside,
        record: selected.record,
        notes_use: false,
    };
    Ok(Step::NeedsSignature(NeedsSignature { request, then: AfterSignature::GetAssertion(then) }))
}
