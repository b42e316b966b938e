//! Extension inputs: what is understood, and the rest as it came.

use std::fmt;

use serde_json::{Map, Value};

use super::large_blob::{LargeBlobRequest, LargeBlobSupport};
use super::members::Members;
use super::prf::{PrfCreation, PrfRequest};
use super::vocabulary::CredentialDescriptor;
use crate::base64url::Base64Url;
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

    fn of(members: &Members<'_>) -> Self {
        Self(members.raw().clone())
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
    /// The address under which the site had U2F credentials, none of which is to get a second one beside it
    /// (`appidExclude`, WebAuthn L3 §10.1.2). Unchecked.
    pub app_id_exclude: Option<AppIdInput>,
    /// A few bytes to keep with the credential (`credBlob`, CTAP 2.3 §12.2).
    pub cred_blob: Option<Base64Url>,
    /// The site wants to know whether the credential is discoverable (`credProps`, WebAuthn L3 §10.1.3).
    pub cred_props: bool,
    /// How the credential is protected from use without verification (`credProtect`, CTAP 2.3 §12.1).
    pub cred_protect: Option<CredentialProtection>,
    /// Whether the credential is to have a large blob (`largeBlob`, WebAuthn L3 §10.1.5).
    pub large_blob: Option<LargeBlobSupport>,
    /// The site wants to know the minimum PIN length (`minPinLength`, CTAP 2.3 §12.4).
    pub min_pin_length: bool,
    /// The site wants a pseudo-random function with the credential (`prf`, WebAuthn L3 §10.1.4).
    pub prf: Option<PrfCreation>,
    /// All inputs as they came.
    pub inputs: ExtensionInputs,
}

/// The extensions of a sign-in.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct RequestExtensions {
    /// The address under which the site had U2F credentials (`appid`, WebAuthn L3 §10.1.1). Unchecked.
    pub app_id: Option<AppIdInput>,
    /// The site wants what it has kept with the credential (`getCredBlob`, CTAP 2.3 §12.2).
    pub get_cred_blob: bool,
    /// What to do with the credential's large blob (`largeBlob`, WebAuthn L3 §10.1.5).
    pub large_blob: Option<LargeBlobRequest>,
    /// What the credential's pseudo-random function is wanted for (`prf`, WebAuthn L3 §10.1.4).
    pub prf: Option<PrfRequest>,
    /// All inputs as they came.
    pub inputs: ExtensionInputs,
}

/// A FIDO AppID as a site sent it. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AppIdInput(pub String);

impl fmt::Debug for AppIdInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppIdInput(..)")
    }
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
            app_id_exclude: app_id(&members, "appidExclude")?,
            cred_blob: members.bytes("credBlob")?,
            cred_props: members.flag("credProps")?,
            cred_protect: CredentialProtection::read(&members)?,
            large_blob: LargeBlobSupport::read(&members)?,
            min_pin_length: members.flag("minPinLength")?,
            prf: PrfCreation::read(&members)?,
            inputs: ExtensionInputs::of(&members),
        })
    }
}

impl RequestExtensions {
    pub(super) fn read(options: &Members<'_>, allowed: &[CredentialDescriptor]) -> Result<Self, Error> {
        let Some(members) = options.object("extensions")? else {
            return Ok(Self::default());
        };
        Ok(Self {
            app_id: app_id(&members, "appid")?,
            get_cred_blob: members.flag("getCredBlob")?,
            large_blob: LargeBlobRequest::read(&members, allowed)?,
            prf: PrfRequest::read(&members, allowed)?,
            inputs: ExtensionInputs::of(&members),
        })
    }
}

fn app_id(members: &Members<'_>, name: &'static str) -> Result<Option<AppIdInput>, Error> {
    Ok(members.text(name)?.map(|text| AppIdInput(text.to_owned())))
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
