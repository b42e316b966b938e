//! For which inputs a sign-in evaluates the credential's pseudo-random function (`prf`).

use authenticator_core::credential::RpIdHash;
use authenticator_core::store::RecordId;
use authenticator_core::{
    BuiltInVerification, Context, Error as AuthenticatorError, HmacSecret, PlainSalts, Profile, Salts,
};

use crate::base64url::Base64Url;
use crate::error::Error;
use crate::options::{PrfRequest, PrfSalts};
use crate::rp_id::RpId;

/// The inputs, and the credential that a sign-in is expected to be made with.
///
/// An authenticator takes one set of salts a command, and a site may send other inputs for each credential. So it must be
/// clear before the command begins which credential it will be, as it is for a platform that looks for it first (PRF-04):
/// only those that share the expected one's inputs are offered.
#[derive(Clone)]
pub(super) struct Evaluation {
    prf: PrfRequest,
    /// `None`: the site names no credential, or inputs for them all.
    expected: Option<Base64Url>,
}

impl Evaluation {
    /// Nothing, unless there are inputs for a credential of `allow`; or for any, where that is empty. Nothing either
    /// where the user cannot be verified: what a site gets is what a verified user's credential makes (L3 §10.1.4, PRF-03).
    pub(super) fn prepare(
        mut prf: PrfRequest,
        allow: &[Base64Url],
        rp_id: &RpId,
        cx: &mut Context<'_>,
    ) -> Result<Option<Self>, Error> {
        prf.by_credential.retain(|(id, _)| allow.contains(id));
        let profile = cx.authenticator.profile();
        let wanted = allow.iter().any(|id| prf.salts_of(id).is_some());
        if !can_evaluate(profile) || !(wanted || allow.is_empty() && prf.eval.is_some()) {
            return Ok(None);
        }
        let expected = if prf.by_credential.is_empty() { None } else { newest(allow, rp_id, cx)? };
        Ok(Some(Self { prf, expected }))
    }

    /// Whether there are inputs for single credentials.
    pub(super) fn depends_on_pick(&self) -> bool {
        self.expected.is_some()
    }

    /// The credentials to offer, and their salts. `picked`: the person has picked this one.
    pub(super) fn narrow<'a>(
        &'a self,
        allow: &'a [Base64Url],
        picked: Option<&Base64Url>,
    ) -> (Vec<&'a [u8]>, Option<Salts<'a>>) {
        let expected = picked.filter(|picked| allow.contains(picked)).or(self.expected.as_ref());
        let inputs = expected.map_or(self.prf.eval.as_ref(), |id| self.prf.salts_of(id));
        let alike = allow.iter().filter(|id| self.prf.salts_of(id) == inputs);
        (alike.map(Base64Url::as_bytes).collect(), inputs.map(plain))
    }
}

/// Whether a function can be evaluated for a verified user.
pub(super) fn can_evaluate(profile: &Profile) -> bool {
    profile.hmac_secret != HmacSecret::Unsupported && profile.verification == BuiltInVerification::Configured
}

/// The salts as a command borrows them.
pub(super) fn plain(salts: &PrfSalts) -> Salts<'_> {
    Salts::Plain(PlainSalts { first: salts.first(), second: salts.second() })
}

/// The credential that the authenticator takes when nobody chooses: the newest that is kept here, else the first.
fn newest(allow: &[Base64Url], rp_id: &RpId, cx: &mut Context<'_>) -> Result<Option<Base64Url>, Error> {
    let rp_id_hash = RpIdHash::of(rp_id.as_str());
    let vault = cx.vault()?;
    let mut newest: Option<(u64, &Base64Url)> = None;
    for id in allow {
        let number = vault
            .by_credential_id(&rp_id_hash, id.as_bytes(), |entry| entry.credential.number)
            .map_err(AuthenticatorError::from)?;
        if let Some(number) = number.filter(|number| newest.is_none_or(|(newest, _)| *number > newest)) {
            newest = Some((number, id));
        }
    }
    Ok(newest.map(|(_, id)| id).or(allow.first()).cloned())
}

/// The id of the credential in this record.
pub(super) fn id_of(record: RecordId, cx: &mut Context<'_>) -> Option<Base64Url> {
    // A store that cannot be read fails the command, which says so.
    let read =
        cx.vault().ok()?.by_record(record, |entry| Base64Url::from(entry.credential.id.as_slice().to_vec()));
    read.ok().flatten()
}

#[cfg(test)]
mod tests;
