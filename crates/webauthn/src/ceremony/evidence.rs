//! What a ceremony shows of which passkeys its site has (S-38).

use std::fmt;

use authenticator_core::credential::CredentialId;

use crate::base64url::Base64Url;
use crate::rp_id::RpId;

/// What a ceremony that has ended shows of the passkeys that are here: a registration was made before its site was seen to
/// keep it, and this is how a host learns that it has. Only a ceremony to whose end the person has agreed shows anything.
///
/// `Debug` shows neither the site nor the account nor an id.
#[derive(Clone)]
#[non_exhaustive]
pub enum Evidence {
    /// The site wants no second passkey beside these: its exclude list names what it has of the account. It may name those of
    /// other accounts as well, and of these not all.
    Excluded {
        /// The site.
        rp_id: RpId,
        /// The account: the user handle for which the registration was asked.
        user_id: Base64Url,
        /// Those of the list that are here and can be used.
        listed: Vec<Base64Url>,
        /// All that the list names. What could not be used when the list was looked through may be in use by now.
        named: Vec<Base64Url>,
    },
    /// One has signed in. What the site made of the assertion is not known. Nor is it who wrote the allow list: where a
    /// system has its own chooser, the host may have put the person's pick there.
    SignedIn {
        /// The site.
        rp_id: RpId,
        /// Which one.
        credential_id: CredentialId,
        /// Those of the allow list that are here.
        listed: Vec<Base64Url>,
    },
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, listed) = match self {
            Self::Excluded { listed, .. } => ("Excluded", listed),
            Self::SignedIn { listed, .. } => ("SignedIn", listed),
        };
        f.debug_struct(name).field("listed", &listed.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
