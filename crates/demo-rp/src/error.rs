//! Why the relying party refused.

use core::fmt;
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::register::error::RegCeremonyErr;

/// Why the relying party refused.
///
/// The reasons a demo wants to show have a variant of their own; what is left of the library's reasons is
/// carried in [`RpError::Registration`] and [`RpError::Authentication`].
#[derive(Debug)]
#[non_exhaustive]
pub enum RpError {
    /// The RP ID is no ASCII domain.
    InvalidRpId,
    /// The origin is not `https://` (or `http://` on localhost) on the RP ID's domain or below it.
    InvalidOrigin,
    /// The settings name no algorithm.
    NoAlgorithm,
    /// The user name does not follow the UsernameCasePreserved profile (RFC 8265): empty, with spaces, too long.
    InvalidUserName,
    /// The display name does not follow the Nickname profile (RFC 8266): empty or too long.
    InvalidDisplayName,
    /// No account has this user name.
    UnknownAccount,
    /// The account has no credential to sign in with.
    NoCredentials,
    /// As many ceremonies wait for an answer as the relying party keeps.
    TooManyPending,
    /// The response is not the JSON of WebAuthn L3 §5.1, or something within it cannot be parsed.
    Malformed(serde_json::Error),
    /// The challenge in the response was never given out, is used up or belongs to the other ceremony.
    UnknownChallenge,
    /// The answer came too late.
    Timeout,
    /// The response was made for another origin, or within a frame of another origin.
    WrongOrigin,
    /// The response was made for another RP ID.
    WrongRpId,
    /// The signature does not verify (assertion or packed self attestation).
    BadSignature,
    /// The credential may be backed up or is (BE or BS set); only device-bound passkeys are accepted.
    NotDeviceBound,
    /// The user was not verified although that was required.
    UserNotVerified,
    /// The credential id is registered already.
    AlreadyRegistered,
    /// No such credential is registered.
    UnknownCredential,
    /// The credential is not one of those asked for.
    NotAllowed,
    /// Signing in without a user name, and the response does not name the user.
    NoUserHandle,
    /// The response names another user than the credential's.
    WrongUser,
    /// The signature counter went back or stood still: a copy of the authenticator may exist.
    SignatureCounter,
    /// Another reason to refuse a registration.
    Registration(RegCeremonyErr),
    /// Another reason to refuse a sign-in.
    Authentication(AuthCeremonyErr),
    /// The text to import is not JSON of [`crate::RelyingParty::export`].
    ImportSyntax(serde_json::Error),
    /// The text to import is well formed, but this part of it cannot be right.
    ImportContent(&'static str),
    /// The library failed to produce options or saved state. This is a bug.
    Internal(&'static str),
}

impl fmt::Display for RpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::InvalidRpId => "the RP ID is not a valid ASCII domain",
            Self::InvalidOrigin => "the origin does not fit the RP ID",
            Self::NoAlgorithm => "no algorithm is asked for",
            Self::InvalidUserName => "the user name is not allowed (RFC 8265)",
            Self::InvalidDisplayName => "the display name is not allowed (RFC 8266)",
            Self::UnknownAccount => "there is no such account",
            Self::NoCredentials => "the account has no credential",
            Self::TooManyPending => "too many ceremonies are waiting for an answer",
            Self::UnknownChallenge => "the challenge is unknown or used up",
            Self::Timeout => "the answer came too late",
            Self::WrongOrigin => "the response was made for another origin",
            Self::WrongRpId => "the response was made for another RP ID",
            Self::BadSignature => "the signature does not verify",
            Self::NotDeviceBound => "the credential is not bound to one device",
            Self::UserNotVerified => "the user was not verified",
            Self::AlreadyRegistered => "the credential is registered already",
            Self::UnknownCredential => "the credential is not registered",
            Self::NotAllowed => "the credential is not one of those asked for",
            Self::NoUserHandle => "the response does not name the user",
            Self::WrongUser => "the response names another user",
            Self::SignatureCounter => "the signature counter did not advance",
            Self::Malformed(error) => return write!(f, "the response is malformed: {error}"),
            Self::Registration(error) => return write!(f, "the registration is refused: {error}"),
            Self::Authentication(error) => return write!(f, "the sign-in is refused: {error}"),
            Self::ImportSyntax(error) => return write!(f, "the saved state is malformed: {error}"),
            Self::ImportContent(what) => return write!(f, "the saved state is wrong: {what}"),
            Self::Internal(what) => return write!(f, "internal error: {what}"),
        };
        f.write_str(text)
    }
}

impl core::error::Error for RpError {}

impl From<RegCeremonyErr> for RpError {
    fn from(error: RegCeremonyErr) -> Self {
        match error {
            RegCeremonyErr::Timeout => Self::Timeout,
            RegCeremonyErr::OriginMismatch
            | RegCeremonyErr::CrossOrigin
            | RegCeremonyErr::TopOriginMismatch => Self::WrongOrigin,
            RegCeremonyErr::RpIdHashMismatch => Self::WrongRpId,
            RegCeremonyErr::AttestationSignature => Self::BadSignature,
            RegCeremonyErr::BackupEligible => Self::NotDeviceBound,
            RegCeremonyErr::UserNotVerified => Self::UserNotVerified,
            other => Self::Registration(other),
        }
    }
}

impl From<AuthCeremonyErr> for RpError {
    fn from(error: AuthCeremonyErr) -> Self {
        match error {
            AuthCeremonyErr::Timeout => Self::Timeout,
            AuthCeremonyErr::OriginMismatch
            | AuthCeremonyErr::CrossOrigin
            | AuthCeremonyErr::TopOriginMismatch => Self::WrongOrigin,
            AuthCeremonyErr::RpIdHashMismatch => Self::WrongRpId,
            AuthCeremonyErr::AssertionSignature => Self::BadSignature,
            AuthCeremonyErr::BackupEligible => Self::NotDeviceBound,
            AuthCeremonyErr::UserNotVerified => Self::UserNotVerified,
            AuthCeremonyErr::NoMatchingAllowedCredential => Self::NotAllowed,
            AuthCeremonyErr::UserHandleMismatch => Self::WrongUser,
            AuthCeremonyErr::SignatureCounter => Self::SignatureCounter,
            other => Self::Authentication(other),
        }
    }
}
