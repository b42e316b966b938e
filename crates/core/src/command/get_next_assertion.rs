//! authenticatorGetNextAssertion (CTAP 2.3 §6.3).

use super::get_assertion::{AwaitAssertion, Selected};
use super::sign_count::{Count, ReserveCounter, Then, take};
use crate::auth_data;
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
    if !remembered.is_of(&header) {
        return Err(Error::NothingToContinue);
    }
    let verified = remembered.proof.verified.is_some();
    let mut next = None;
    let _ = cx.opened_vault(header.generation)?.offered(
        &remembered.rp_id_hash,
        Some(remembered.cursor),
        &mut |entry| {
            if entry.credential.cred_protect.admits(verified, false) {
                next = Some(Selected::of(entry));
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        },
    )?;
    // A credential that was deleted since leaves the list shorter than it was announced.
    let mut selected = next.ok_or(Error::NothingToContinue)?;
    let sign_count = match take(cx, &selected, remembered.proof.consent.is_some())? {
        Count::Value(sign_count) => sign_count,
        Count::NotReserved(whose) => {
            return ReserveCounter::begin(cx, whose, Then::GetNextAssertion(remembered));
        }
    };
    selected.hide_names_unless(verified);
    let (rp_id_hash, client_data_hash) = (remembered.rp_id_hash, remembered.client_data_hash);
    let (consent, verified) = (remembered.proof.consent.as_ref(), remembered.proof.verified.as_ref());
    let auth_data =
        auth_data::assertion(&rp_id_hash, consent, verified, sign_count).ok_or(Error::Capacity)?;
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
        remembered: remembered.advanced(selected.number, cx.now),
        record: selected.record,
        notes_use: false,
    };
    Ok(Step::NeedsSignature(NeedsSignature { request, then: AfterSignature::GetAssertion(then) }))
}
