//! What went wrong: the name a site sees, the precise cause inside, and a sentence for the person.

mod authenticator;

use std::fmt;

use authenticator_core::Error as AuthenticatorError;

use crate::app_id::AppIdError;
use crate::base64url::DecodeError;
use crate::client_data::ClientDataType;
use crate::host_name::HostNameError;
use crate::origin::OriginError;
use crate::rp_id::RpIdError;

/// The error names of WebAuthn, as a browser or a platform reports them. One list for all platforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DomException {
    /// The ceremony was cancelled by the caller.
    AbortError,
    /// The request demands what this authenticator cannot do (a resident key, user verification).
    ConstraintError,
    /// A string that should be base64url is not.
    EncodingError,
    /// One of the excluded credentials is here already.
    InvalidStateError,
    /// Refused: by the user, or because nothing fits. On purpose it does not say which.
    NotAllowedError,
    /// None of the algorithms or types asked for exists here.
    NotSupportedError,
    /// An operation on a key failed.
    OperationError,
    /// The origin may not speak for this relying party.
    SecurityError,
    /// A string of the request that names something does not.
    SyntaxError,
    /// The time allowed for the ceremony ran out.
    TimeoutError,
    /// The request has the wrong shape.
    TypeError,
    /// Anything else.
    UnknownError,
}

impl DomException {
    /// The name as scripts and platforms spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AbortError => "AbortError",
            Self::ConstraintError => "ConstraintError",
            Self::EncodingError => "EncodingError",
            Self::InvalidStateError => "InvalidStateError",
            Self::NotAllowedError => "NotAllowedError",
            Self::NotSupportedError => "NotSupportedError",
            Self::OperationError => "OperationError",
            Self::SecurityError => "SecurityError",
            Self::SyntaxError => "SyntaxError",
            Self::TimeoutError => "TimeoutError",
            Self::TypeError => "TypeError",
            Self::UnknownError => "UnknownError",
        }
    }
}

impl fmt::Display for DomException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of this crate. `Display` is a sentence for a person; it never contains anything the request said about
/// the person, the site or a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    name: DomException,
    kind: ErrorKind,
}

impl Error {
    /// The name to report to the site or the platform.
    pub fn name(&self) -> DomException {
        self.name
    }

    /// The precise cause.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { name: kind.name(), kind }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.kind.advice())
    }
}

impl std::error::Error for Error {}

/// The precise cause of an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not JSON.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at the end of a line.
        column: usize,
    },
    /// A required member is missing or null.
    Missing(MemberPath),
    /// A member has another type than the specification says.
    WrongType {
        /// The member.
        path: MemberPath,
        /// What it should be.
        expected: JsonType,
    },
    /// A member that matters for security has a value nobody knows, so it cannot be honoured.
    UnknownValue(MemberPath),
    /// A member is not base64url.
    Base64 {
        /// The member.
        path: MemberPath,
        /// What is wrong with it.
        cause: DecodeError,
    },
    /// `user.id` is not 1 to 64 bytes long.
    UserHandleLength {
        /// The length it has.
        length: usize,
    },
    /// `pubKeyCredParams` names no public-key credential at all.
    NoPublicKeyType,
    /// `allowCredentials` is not empty, but every entry is of an unknown type. Not the same as an empty list.
    NothingAllowed,
    /// An origin is malformed or of the wrong kind.
    Origin(OriginError),
    /// The origin may not use the relying party id.
    RpId(RpIdError),
    /// The origin may not use the FIDO AppID.
    AppId(AppIdError),
    /// `prf` has inputs for single credentials where the request names none.
    PrfByCredential,
    /// `prf` has inputs for a credential that `allowCredentials` does not name, or under a key that is no credential id.
    PrfUnknownCredential,
    /// `largeBlob` asks a registration for what a sign-in can do, the other way round, or for two things at once.
    LargeBlobMisplaced,
    /// The site demands a large blob, which no credential can have here.
    LargeBlobNotAvailable,
    /// The attestation statement handed over is not one CBOR map.
    AttestationStatement,
    /// The site demands user verification, and none is set up here.
    VerificationNotSetUp(ClientDataType),
    /// The site enforces a level of `credProtect` that cannot be had here: nobody can ever be verified.
    ProtectionNotAvailable,
    /// The command came to a reply of another kind than the ceremony's.
    UnexpectedReply,
    /// The authenticator refused or failed.
    Authenticator(AuthenticatorError),
}

impl ErrorKind {
    /// The one table from causes to names.
    fn name(&self) -> DomException {
        match self {
            // WebAuthn L3 §5.1.8: a conversion that fails is a TypeError, base64url that fails an EncodingError.
            Self::Json { .. } | Self::Missing(_) | Self::WrongType { .. } | Self::UnknownValue(_) => {
                DomException::TypeError
            }
            Self::Base64 { .. } => DomException::EncodingError,
            Self::UserHandleLength { .. } => DomException::TypeError,
            Self::NoPublicKeyType => DomException::NotSupportedError,
            Self::NothingAllowed => DomException::NotAllowedError,
            Self::PrfByCredential | Self::LargeBlobMisplaced => DomException::NotSupportedError,
            Self::PrfUnknownCredential => DomException::SyntaxError,
            Self::Origin(_) | Self::RpId(_) | Self::AppId(_) => DomException::SecurityError,
            Self::AttestationStatement | Self::UnexpectedReply => DomException::UnknownError,
            // To a site this looks like a person's no (WebAuthn L3 §14.5.1).
            Self::VerificationNotSetUp(ClientDataType::Get)
            | Self::ProtectionNotAvailable
            | Self::LargeBlobNotAvailable => DomException::NotAllowedError,
            // L3 §5.1.3 and §6.3.2 step 5: as where a resident key is required and cannot be had.
            Self::VerificationNotSetUp(ClientDataType::Create) => DomException::ConstraintError,
            Self::Authenticator(error) => authenticator::explain(error).name,
        }
    }

    /// What a person can do about it.
    fn advice(&self) -> &'static str {
        match self {
            Self::Authenticator(error) => authenticator::explain(error).advice,
            Self::VerificationNotSetUp(_) => {
                "Set up a screen lock, fingerprint or face recognition first, or use another device."
            }
            Self::NothingAllowed | Self::ProtectionNotAvailable | Self::LargeBlobNotAvailable => OTHER_DEVICE,
            Self::PrfByCredential | Self::LargeBlobMisplaced => FAULT_OF_THE_SITE,
            _ => match self.name() {
                DomException::SecurityError => "Open the site again from its usual address.",
                DomException::NotSupportedError => OTHER_DEVICE,
                DomException::TypeError | DomException::EncodingError | DomException::SyntaxError => {
                    FAULT_OF_THE_SITE
                }
                _ => "Try again, and report it if it happens again.",
            },
        }
    }
}

const FAULT_OF_THE_SITE: &str =
    "This is a fault of the site: reload the page, and tell the site if it happens again.";
const OTHER_DEVICE: &str = "Use another device or another way to sign in.";

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { line, column } => {
                write!(f, "The request is not valid JSON (line {line}, column {column}).")
            }
            Self::Missing(path) => write!(f, "The request is incomplete: {path} is missing."),
            Self::WrongType { path, expected } => {
                write!(f, "The request is malformed: {path} is not {expected}.")
            }
            Self::UnknownValue(path) => write!(f, "The request is malformed: {path} has an unknown value."),
            Self::Base64 { path, cause } => {
                write!(f, "The request is malformed: {path} is not base64url ({cause}).")
            }
            Self::UserHandleLength { length } => {
                write!(f, "The request is malformed: user.id has {length} bytes instead of 1 to 64.")
            }
            Self::NoPublicKeyType => {
                f.write_str("The site asks for no kind of credential that exists here (pubKeyCredParams).")
            }
            Self::NothingAllowed => {
                f.write_str("The site accepts no kind of credential that exists here (allowCredentials).")
            }
            Self::Origin(error) => write!(f, "The address of the page or app cannot be used: {error}."),
            Self::RpId(error) => write!(f, "The page or app may not use a passkey of this site: {error}."),
            Self::AppId(error) => write!(f, "The page or app may not use a security key of this site: {error}."),
            Self::PrfByCredential => f.write_str(
                "The request is malformed: extensions.prf.evalByCredential is there without credentials to choose from.",
            ),
            Self::PrfUnknownCredential => f.write_str(
                "The request is malformed: extensions.prf.evalByCredential names a credential that is not allowed.",
            ),
            Self::LargeBlobMisplaced => f.write_str(
                "The request is malformed: extensions.largeBlob asks for what cannot be done with this request.",
            ),
            Self::LargeBlobNotAvailable => {
                f.write_str("The site demands a passkey that keeps data for it, which cannot be made here.")
            }
            Self::AttestationStatement => {
                f.write_str("The passkey's attestation cannot be written: its statement is malformed.")
            }
            Self::VerificationNotSetUp(_) => f.write_str(
                "The site demands proof that it is you, and this device is not set up to check that.",
            ),
            Self::ProtectionNotAvailable => f.write_str(
                "The site demands a passkey that checks that it is you, which cannot be made here.",
            ),
            Self::UnexpectedReply => {
                f.write_str("The authenticator answered another question than the site's.")
            }
            Self::Authenticator(error) => f.write_str(authenticator::explain(error).what),
        }
    }
}

impl From<AuthenticatorError> for Error {
    fn from(error: AuthenticatorError) -> Self {
        ErrorKind::Authenticator(error).into()
    }
}

impl From<OriginError> for Error {
    fn from(error: OriginError) -> Self {
        ErrorKind::Origin(error).into()
    }
}

impl From<RpIdError> for Error {
    fn from(error: RpIdError) -> Self {
        ErrorKind::RpId(error).into()
    }
}

impl From<HostNameError> for OriginError {
    fn from(error: HostNameError) -> Self {
        Self::Host(error)
    }
}

impl From<HostNameError> for RpIdError {
    fn from(error: HostNameError) -> Self {
        Self::Malformed(error)
    }
}

/// Where in the options a member stands, such as `excludeCredentials[3].id`. Made of the specification's names and
/// of list positions only, never of what a request said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPath(String);

impl MemberPath {
    /// The options as a whole.
    pub(crate) fn root() -> Self {
        Self(String::new())
    }

    /// A member of what stands here.
    pub(crate) fn member(&self, name: &'static str) -> Self {
        if self.0.is_empty() { Self(name.to_owned()) } else { Self(format!("{}.{name}", self.0)) }
    }

    /// An element of the list that stands here.
    pub(crate) fn element(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The path; empty for the options as a whole.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "the whole" } else { &self.0 })
    }
}

/// A type that a member should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonType {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Integer32,
    /// A list.
    List,
    /// A number.
    Number,
    /// An object.
    Object,
    /// A string.
    Text,
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "true or false",
            Self::Integer32 => "a whole number of 32 bits",
            Self::List => "a list",
            Self::Number => "a number",
            Self::Object => "an object",
            Self::Text => "a string",
        })
    }
}

#[cfg(test)]
mod tests;
