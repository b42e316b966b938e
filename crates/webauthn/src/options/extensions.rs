//! Extension inputs: what is understood, and the rest as it came.

use std::fmt;

use serde_json::{Map, Value};

use super::members::Members;
use crate::error::{Error, ErrorKind};

/// The extension inputs as they came. No decision of this crate looks at them; a host may, for members that belong to
/// its platform. `Debug` does not show them.
#[derive(Clone, PartialEq, Default)]
pub struct ExtensionInputs(Map<String, Value>);

impl ExtensionInputs {
    /// The input of one extension.
    pub fn get(&self, identifier: &str) -> Option<&Value> {
        self.0.get(identifier)
    }

    pub(super) fn read(options: &Members<'_>) -> Result<Self, Error> {
        Ok(options.object("extensions")?.map(|members| Self(members.raw().clone())).unwrap_or_default())
    }
}

impl fmt::Debug for ExtensionInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExtensionInputs(..)")
    }
}

/// The extensions of a registration.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CreationExtensions {
    /// The site wants to know whether the credential is discoverable (`credProps`, WebAuthn L3 §10.1.3).
    pub cred_props: bool,
    /// How the credential is protected from use without verification (`credProtect`, CTAP 2.3 §12.1).
    pub cred_protect: Option<CredentialProtection>,
    /// All inputs as they came.
    pub inputs: ExtensionInputs,
}

/// What the site asks of `credProtect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialProtection {
    /// The level.
    pub policy: CredentialProtectionPolicy,
    /// Rather no credential than one without this level.
    pub enforce: bool,
}

/// The levels of `credProtect` (CTAP 2.3 §12.1). Complete by the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialProtectionPolicy {
    /// Verification optional.
    UserVerificationOptional,
    /// Verification optional when the site names the credential.
    UserVerificationOptionalWithCredentialIdList,
    /// Never without verification.
    UserVerificationRequired,
}

impl CreationExtensions {
    pub(super) fn read(options: &Members<'_>) -> Result<Self, Error> {
        let Some(members) = options.object("extensions")? else {
            return Ok(Self::default());
        };
        Ok(Self {
            cred_props: members.flag("credProps")?,
            cred_protect: CredentialProtection::read(&members)?,
            inputs: ExtensionInputs::read(options)?,
        })
    }
}

impl CredentialProtection {
    fn read(members: &Members<'_>) -> Result<Option<Self>, Error> {
        let Some(word) = members.text("credentialProtectionPolicy")? else {
            return Ok(None);
        };
        let policy = match word {
            "userVerificationOptional" => CredentialProtectionPolicy::UserVerificationOptional,
            "userVerificationOptionalWithCredentialIDList" => {
                CredentialProtectionPolicy::UserVerificationOptionalWithCredentialIdList
            }
            "userVerificationRequired" => CredentialProtectionPolicy::UserVerificationRequired,
            // An IDL enumeration, unlike the words of the options: dropping it would weaken the credential unseen.
            _ => return Err(ErrorKind::UnknownValue(members.path_of("credentialProtectionPolicy")).into()),
        };
        let enforce = members.flag("enforceCredentialProtectionPolicy")?;
        Ok(Some(Self { policy, enforce }))
    }
}
