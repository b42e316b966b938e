//! Lists, one item a command: a cursor walks over the store, and each command finds the next item anew.

use super::{
    CredentialManagement, ENUMERATE_CREDENTIALS_BEGIN, ENUMERATE_RPS_BEGIN, Reads, authorise_reading,
};
use crate::context::Context;
use crate::credential::RpIdHash;
use crate::error::Error;
use crate::profile::Profile;
use crate::reply::{ListedCredential, ListedRelyingParty, Reply};
use crate::session::{Continuation, Enumeration, Listing};
use crate::step::Step;
use crate::store::Vault;
use crate::user::Requester;
use core::ops::ControlFlow;

/// enumerateRPsBegin (CM-08).
pub(super) fn relying_parties(
    cx: &mut Context<'_>,
    request: &CredentialManagement<'_>,
    requester: Requester,
) -> Result<Step, Error> {
    let (header, basis) = authorise_reading(cx, request, requester, &[&[ENUMERATE_RPS_BEGIN]], Reads::All)?;
    let vault = cx.opened_vault(header.generation)?;
    let mut total = 0_u32;
    let _ = vault.relying_parties(None, &mut |_| {
        total = total.saturating_add(1);
        ControlFlow::Continue(())
    })?;
    let (number, first) = relying_party(&vault, None, Some(total))?.ok_or(Error::NoCredentials)?;
    let enumeration = Enumeration::begun(Listing::RelyingParties, (number, total), &header, basis);
    cx.session.leave(enumeration.map(Continuation::Enumeration));
    Ok(Step::success(first))
}

/// enumerateCredentialsBegin (CM-09).
pub(super) fn credentials(
    cx: &mut Context<'_>,
    request: &CredentialManagement<'_>,
    requester: Requester,
) -> Result<Step, Error> {
    let (message, reads) =
        ([&[ENUMERATE_CREDENTIALS_BEGIN], request.raw_parameters], Reads::Of(request.rp_id_hash));
    let (header, basis) = authorise_reading(cx, request, requester, &message, reads)?;
    let rp_id_hash = request.rp_id_hash.ok_or(Error::MissingParameter)?;
    let vault = cx.opened_vault(header.generation)?;
    let mut total = 0_u32;
    let _ = vault.managed_of(&rp_id_hash, None, &mut |_| {
        total = total.saturating_add(1);
        ControlFlow::Continue(())
    })?;
    let profile = cx.authenticator.profile();
    let (number, first) =
        credential(profile, &vault, &rp_id_hash, None, Some(total))?.ok_or(Error::NoCredentials)?;
    let enumeration = Enumeration::begun(Listing::Credentials(rp_id_hash), (number, total), &header, basis);
    cx.session.leave(enumeration.map(Continuation::Enumeration));
    Ok(Step::success(first))
}

/// enumerateRPsGetNextRP.
pub(super) fn next_relying_party(
    cx: &mut Context<'_>,
    enumeration: Option<Enumeration>,
) -> Result<Step, Error> {
    let enumeration = enumeration.filter(|enumeration| enumeration.listing == Listing::RelyingParties);
    next(cx, enumeration)
}

/// enumerateCredentialsGetNextCredential.
pub(super) fn next_credential(cx: &mut Context<'_>, enumeration: Option<Enumeration>) -> Result<Step, Error> {
    let enumeration = enumeration.filter(|enumeration| enumeration.listing != Listing::RelyingParties);
    next(cx, enumeration)
}

/// CM-01: without authorisation, but only where a list has begun.
fn next(cx: &mut Context<'_>, enumeration: Option<Enumeration>) -> Result<Step, Error> {
    let enumeration = enumeration.ok_or(Error::NothingToContinue)?;
    let header = cx.open()?;
    if !enumeration.is_of(&header) {
        return Err(Error::NothingToContinue);
    }
    let vault = cx.opened_vault(header.generation)?;
    let before = Some(enumeration.cursor);
    let next = match enumeration.listing {
        Listing::RelyingParties => relying_party(&vault, before, None),
        Listing::Credentials(rp_id_hash) => {
            credential(cx.authenticator.profile(), &vault, &rp_id_hash, before, None)
        }
    };
    // A record that was damaged since leaves the list shorter than it was announced.
    let (number, next) = next?.ok_or(Error::NothingToContinue)?;
    cx.session.leave(enumeration.advanced(number, cx.now).map(Continuation::Enumeration));
    Ok(Step::success(next))
}

/// The first relying party on the list from here on, and where it stands.
fn relying_party(
    vault: &Vault<'_>,
    before: Option<u64>,
    total: Option<u32>,
) -> Result<Option<(u64, Reply)>, Error> {
    let mut found = None;
    let _ = vault.relying_parties(before, &mut |newest| {
        let (rp_id, rp_id_hash) = (newest.rp_id.clone(), newest.rp_id_hash);
        found = Some((newest.number, Reply::RelyingParty(ListedRelyingParty { rp_id, rp_id_hash, total })));
        ControlFlow::Break(())
    })?;
    Ok(found)
}

/// The same for the credentials of one.
fn credential(
    profile: &Profile,
    vault: &Vault<'_>,
    rp_id_hash: &RpIdHash,
    before: Option<u64>,
    total: Option<u32>,
) -> Result<Option<(u64, Reply)>, Error> {
    let mut found = None;
    let _ = vault.managed_of(rp_id_hash, before, &mut |credential| {
        let listed = ListedCredential {
            user: credential.user.clone(),
            credential_id: credential.id.clone(),
            public_key: credential.public_key.clone(),
            total,
            cred_protect: credential.cred_protect,
            large_blob_key: vault.large_blob_key(credential).filter(|_| profile.has_large_blob_array()),
            third_party_payment: profile
                .third_party_payment
                .then_some(credential.extended.third_party_payment),
        };
        found = Some((credential.number, Reply::Credential(listed)));
        ControlFlow::Break(())
    })?;
    Ok(found)
}
