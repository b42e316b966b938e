//! Registrations in doubt: what ceremonies show of them, and what is made of that (S-38).
//!
//! A passkey is [`Unconfirmed`](crate::State::Unconfirmed) from its making until it is known that its site has it, and those
//! of its account that it superseded are kept as long. Only who says so beyond doubt has them deleted: the host
//! ([`confirm`](crate::confirm)), or the site by an exclude list that names the new one and none of the old. A sign-in does
//! not: nobody here sees whether the site accepts the assertion, and if it does not, the old one is all that is left to
//! the person. So a sign-in ends the doubt only where nothing old is at stake, or where the passkey was named, and deletes
//! nothing.

use crate::error::Error;
use authenticator_core::credential::{CredentialState, RpIdHash};
use authenticator_core::store::{AccountMark, RecordId, Store, StoreError, Vault};
use authenticator_core::{Error as CoreError, Manage};
use authenticator_host::{Clock, World, blocking};
use authenticator_webauthn::{Base64Url, Evidence};
use rand_core::CryptoRng;
use std::ops::ControlFlow;

/// Takes note of what a ceremony has shown: passkeys that its site has are not [`Unconfirmed`](crate::State::Unconfirmed) any
/// more, and what they superseded goes if the site's exclude list shows that it has gone there. Mostly there is nothing to
/// write.
///
/// [`Ceremony::finish`](crate::Ceremony::finish) does this, and takes no failure for its own; it is for those who have a
/// [`Create`](authenticator_webauthn::Create) or a [`Get`](authenticator_webauthn::Get) and no ceremony. Do it when the
/// response is certain.
///
/// # Errors
/// [`Error::Core`] when the store fails. What was not noted is noted by the next ceremony that shows it.
pub fn take_note<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    evidence: &Evidence,
) -> Result<(), Error> {
    let changes = changes(&world.context().vault()?, evidence).map_err(CoreError::from)?;
    write(world, changes)
}

/// Does what is left to do: others may have been here since the look.
pub(crate) fn write<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    changes: Vec<Manage<'static>>,
) -> Result<(), Error> {
    for change in changes {
        match blocking::manage(world, change) {
            // Somebody has deleted it since, or knows more of it; or it is of a later version, which will see to it.
            Ok(()) | Err(CoreError::NoSuchRecord | CoreError::RecordChanged | CoreError::StoreNewer) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

pub(crate) fn changes(vault: &Vault<'_>, evidence: &Evidence) -> Result<Vec<Manage<'static>>, StoreError> {
    let mut changes = Vec::new();
    match evidence {
        Evidence::Excluded { rp_id, user_id, listed, named } => {
            let site = RpIdHash::of(rp_id.as_str());
            for id in listed {
                let found = Registration::find(vault, &site, id.as_bytes())?;
                changes.extend(found.and_then(|found| found.excluded(user_id, named)));
            }
        }
        Evidence::SignedIn { rp_id, credential_id, listed } => {
            let site = RpIdHash::of(rp_id.as_str());
            for id in listed {
                let found = Registration::find(vault, &site, id.as_bytes())?;
                changes.extend(found.and_then(|found| found.accepted()));
            }
            if listed.is_empty() {
                let found = Registration::find(vault, &site, credential_id.as_slice())?;
                let alone = found.filter(|found| !found.older.iter().any(|older| older.is_kept));
                changes.extend(alone.and_then(|found| found.accepted()));
            }
        }
        _ => {}
    }
    Ok(changes)
}

/// A passkey that a ceremony has shown, and what its account had before it.
struct Registration {
    record: RecordId,
    user_id: Base64Url,
    account: AccountMark,
    is_unconfirmed: bool,
    older: Vec<Older>,
}

/// An older passkey of the account.
struct Older {
    id: Base64Url,
    /// Whether it comes back when the newer one goes.
    is_kept: bool,
}

impl Registration {
    fn find(vault: &Vault<'_>, site: &RpIdHash, id: &[u8]) -> Result<Option<Self>, StoreError> {
        let found = vault.by_credential_id(site, id, |entry| (entry.record, entry.credential.clone()))?;
        let Some((record, credential)) = found else { return Ok(None) };
        // Taken before the look: what comes between the two must not go unnoticed.
        let account = vault.account_mark(&credential)?;
        let mut older = Vec::new();
        if credential.discoverable {
            let _ = vault.of_user(site, credential.user.id.as_slice(), &mut |entry| {
                let other = entry.credential;
                if other.number < credential.number {
                    let in_use =
                        matches!(other.state, CredentialState::Active | CredentialState::Unconfirmed);
                    let id = Base64Url::from(other.id.as_slice().to_vec());
                    older.push(Older { id, is_kept: in_use && !vault.lacks_key(other) });
                }
                ControlFlow::Continue(())
            })?;
        }
        let is_unconfirmed = credential.state == CredentialState::Unconfirmed;
        let user_id = Base64Url::from(credential.user.id.as_slice().to_vec());
        Ok(Some(Self { record, user_id, account, is_unconfirmed, older }))
    }

    /// The site has it. What of the account the site does not name has gone there, if that is the account the list is for;
    /// of another's it may name one of several. What cannot be used stays: it costs nothing.
    fn excluded(&self, user_id: &Base64Url, named: &[Base64Url]) -> Option<Manage<'static>> {
        let has_gone = |older: &Older| older.is_kept && !named.contains(&older.id);
        if self.user_id == *user_id && !self.older.is_empty() && self.older.iter().all(has_gone) {
            return Some(Manage::ConfirmSeen(self.record, self.account));
        }
        self.accepted()
    }

    /// The site has it, and perhaps the older ones as well.
    fn accepted(&self) -> Option<Manage<'static>> {
        self.is_unconfirmed.then_some(Manage::Accept(self.record))
    }
}
