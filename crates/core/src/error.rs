//! Why a command failed, and the one table from causes to status bytes.

use crate::key::KeyError;
use crate::status::Status;
use crate::store::{CommitError, HeaderError, StoreError, TooMany};
use crate::user::{Ask, Refusal};
use core::fmt;

/// Why a command failed: precise for the host, one byte for the wire ([`Error::status`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The request's bytes.
    Request(RequestError),
    /// `pinUvAuthParam` came with a protocol this authenticator does not have, or with none.
    PinUvAuth(PinUvAuthError),
    /// None of the site's algorithms is one the key backend has.
    UnsupportedAlgorithm,
    /// `options.uv` is true, but there is no built-in user verification, or it is not set up.
    VerificationUnavailable,
    /// `options.up` is false where presence cannot be left out.
    PresenceNotOptional,
    /// `options.rk` where it is not supported.
    ResidentKeyOption,
    /// A list of credentials is longer than `maxCredentialCountInList`.
    ListTooLong,
    /// The authenticator demands user verification and the request did not ask for it.
    VerificationDemanded,
    /// The same, where a pinUvAuthToken would do.
    TokenDemanded,
    /// What has to do with the PIN.
    Pin(PinError),
    /// Enterprise attestation is not supported, or switched off.
    EnterpriseAttestation,
    /// `enterpriseAttestation` is neither 1 nor 2.
    EnterpriseAttestationValue,
    /// alwaysUv is what this authenticator is, and cannot be switched off.
    AlwaysUvIsFixed,
    /// More relying parties are to be told the minimum PIN length than can be.
    TooManyRpIds,
    /// What has to do with large blobs.
    LargeBlobs(LargeBlobError),
    /// There is no such subcommand here.
    UnknownSubcommand,
    /// A member of the request is not what it must be where it stands.
    InvalidParameter,
    /// A mandatory member of this subcommand is missing.
    MissingParameter,
    /// The token asked for cannot have one of its permissions.
    PermissionDenied,
    /// The user already has a credential on this authenticator that the site excludes, and agreed that the site be told.
    Excluded,
    /// The same, but the user did not agree. CTAP's status does not tell the two apart; a WebAuthn client must (L3 §14.5.1).
    ExcludedUnagreed(Refusal),
    /// No credential fits the request.
    NoCredentials,
    /// The user, or the host on the user's behalf, said no to a prompt that asked this.
    Refused(Refusal, Ask),
    /// The host answered a prompt with less than it asked for: no presence, or no verification.
    Unproven(Ask),
    /// The host chose a credential that was not among the candidates.
    UnknownChoice,
    /// A continuation without anything to continue, or too late.
    NothingToContinue,
    /// reset came later after power-up than the profile allows.
    ResetWindowClosed,
    /// The profile has no reset over this interface, or over this transport.
    ResetDisabled,
    /// What was to be changed was changed by someone else meanwhile.
    RecordChanged,
    /// The record to be changed is not there.
    NoSuchRecord,
    /// The credential's signature counter has reached its highest value (AD-07 has no wrap).
    CounterEnded,
    /// The key took so long that it has been given up: it is to be destroyed, and the credential is not stored.
    KeyGivenUp,
    /// The store was reset so often that the keys to be destroyed have to be destroyed first.
    KeysToDestroy,
    /// hmac-secret without user presence (HS-05).
    SecretsWithoutPresence,
    /// largeBlobKey is not true, or is to go with a credential that is not discoverable (LBK-01).
    LargeBlobKeyOption,
    /// The ceremony that a registration was to end has ended before: its host record is gone.
    CeremonyUsed,
    /// What the host keeps sealed outside the store.
    Sealed(SealedError),
    /// The key backend.
    Key(KeyError),
    /// The store could not be read.
    Store(StoreError),
    /// The store could not be written.
    Commit(CommitError),
    /// There is no store yet: format it first.
    StoreEmpty,
    /// The store was written by a later version of this library.
    StoreNewer,
    /// The store belongs to another device key, or its header is damaged.
    StoreUnreadable,
    /// The store was made in a lab ([`Profile::lab`](crate::Profile::lab)), and this is none.
    StoreOfLab,
    /// The store was not made in a lab, and this is one.
    StoreNotOfLab,
    /// The store has been put back to what it was earlier: what stands outside of it knows of later commits.
    StoreRolledBack,
    /// The store belongs to this device key, where one of another was to be started over.
    StoreReadable,
    /// The store was reset while the command was under way.
    StoreReset,
    /// More was to be kept than a fixed buffer holds.
    Capacity,
}

/// What is wrong with a request's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// No command byte.
    Empty,
    /// Longer than `maxMsgSize`.
    TooLarge,
    /// No such command here.
    UnknownCommand,
    /// Not canonical CTAP2 CBOR.
    Malformed,
    /// A member has another type than it should.
    WrongType,
    /// A required member is missing.
    Missing,
    /// `clientDataHash` is not 32 bytes long.
    HashLength,
    /// `user.id` is not 1 to 64 bytes long.
    UserIdLength,
    /// `credProtect` is not 1, 2 or 3.
    CredProtect,
    /// `largeBlob` has another shape than it should.
    LargeBlob,
}

/// What is wrong with the members of the PIN/UV auth protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinUvAuthError {
    /// `pinUvAuthParam` without `pinUvAuthProtocol`.
    NoProtocol,
    /// A protocol this authenticator does not have.
    UnsupportedProtocol,
    /// `pinUvAuthParam` does not fit, or its token may not do this.
    Invalid,
}

/// Why a command that needs the PIN was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinError {
    /// No PIN is set.
    NotSet,
    /// A PIN is set already; it can be changed.
    AlreadySet,
    /// It is not the PIN.
    Wrong,
    /// It was wrong three times since power-up (CP-12).
    AwaitsPowerCycle,
    /// It was wrong eight times: only a reset recovers (CP-14).
    Blocked,
    /// The new PIN is too short, too long, too simple or the old one.
    Policy,
    /// It must be changed before it can be used, and this subcommand has no status of its own for that (CP-10).
    MustChange,
    /// The same, for the subcommand that has one (CP-11).
    MustChangeFirst,
    /// Verification by the host failed.
    VerificationFailed,
    /// Verification by the host has failed too often.
    VerificationBlocked,
    /// Verification by the host is not set up.
    VerificationNotSetUp,
}

/// Why large blobs are not read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LargeBlobError {
    /// The array is longer than there is room for.
    Full,
    /// The fragment is longer than goes into one message.
    FragmentTooLong,
    /// The fragment does not follow on the one before it.
    OutOfSequence,
    /// The array does not end with its checksum.
    Broken,
    /// A credential that is not discoverable has no blob, and the site requires one.
    NotDiscoverable,
    /// A credential's blob is to be written, and the request does not name the credential.
    Unnamed,
    /// A credential's blob is to be written without its user.
    WithoutPresence,
}

/// Why bytes that the host keeps outside the store cannot be opened, or not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealedError {
    /// They were sealed with another store, or before this one was reset.
    OtherStore,
    /// They were sealed by a later version of this library.
    Newer,
    /// They were changed or cut, or sealed for another purpose.
    Broken,
    /// The buffer given is too short.
    BufferTooShort,
}

impl fmt::Display for SealedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherStore => "it was saved with another store, or before this one was reset",
            Self::Newer => "it was saved by a later version; update this program",
            Self::Broken => "it is damaged",
            Self::BufferTooShort => "the buffer given is too short",
        })
    }
}

impl core::error::Error for SealedError {}

impl Error {
    /// The status byte of the reply. This is the only place where causes become statuses.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Request(error) => error.status(),
            Self::PinUvAuth(PinUvAuthError::NoProtocol) => Status::MissingParameter, // MC-04
            Self::PinUvAuth(PinUvAuthError::UnsupportedProtocol) => Status::InvalidParameter, // MC-04
            Self::PinUvAuth(PinUvAuthError::Invalid) => Status::PinAuthInvalid,
            Self::Pin(error) => error.status(),
            Self::LargeBlobs(error) => error.status(),
            Self::UnsupportedAlgorithm | Self::Key(KeyError::Unsupported) => Status::UnsupportedAlgorithm, // MC-05
            // MC-08, MC-10, LBK-01
            Self::VerificationUnavailable | Self::PresenceNotOptional | Self::LargeBlobKeyOption => {
                Status::InvalidOption
            }
            // MC-09, GA-03, HS-05
            Self::ResidentKeyOption | Self::SecretsWithoutPresence => Status::UnsupportedOption,
            Self::ListTooLong => Status::LimitExceeded, // MC-11, GA-11
            Self::TokenDemanded => Status::PuatRequired, // MC-12..14, GA-04
            // Where there is no pinUvAuthToken to ask for.
            Self::VerificationDemanded | Self::AlwaysUvIsFixed => Status::OperationDenied, // CFG-11
            Self::EnterpriseAttestation | Self::InvalidParameter => Status::InvalidParameter, // MC-15
            Self::EnterpriseAttestationValue => Status::InvalidOption,                     // MC-15
            Self::MissingParameter => Status::MissingParameter,
            Self::UnknownSubcommand => Status::InvalidSubcommand, // CP-01
            Self::PermissionDenied => Status::UnauthorizedPermission, // CP-11
            Self::Excluded | Self::ExcludedUnagreed(_) => Status::CredentialExcluded, // MC-20
            Self::NoCredentials => Status::NoCredentials,         // GA-10
            Self::Refused(refusal, ask) => refusal.status(*ask),
            Self::Unproven(_) | Self::UnknownChoice | Self::ResetDisabled => Status::OperationDenied,
            Self::NothingToContinue | Self::ResetWindowClosed => Status::NotAllowed, // GN-01, CM-01, RST-01
            Self::NoSuchRecord => Status::NoCredentials,
            Self::Key(KeyError::Refused | KeyError::LockedOut) => Status::OperationDenied,
            // A key that is gone is a credential that is gone.
            Self::Key(KeyError::Missing | KeyError::Invalidated) => Status::NoCredentials,
            Self::Commit(CommitError::Full) | Self::TooManyRpIds => Status::KeyStoreFull, // MC-25, CFG-12
            Self::Key(KeyError::Failed)
            | Self::Store(_)
            | Self::Commit(_)
            | Self::StoreEmpty
            | Self::StoreNewer
            | Self::StoreUnreadable
            | Self::StoreOfLab
            | Self::StoreNotOfLab
            | Self::StoreRolledBack
            | Self::StoreReadable
            | Self::StoreReset
            | Self::RecordChanged
            | Self::CounterEnded
            | Self::KeyGivenUp
            | Self::KeysToDestroy
            | Self::CeremonyUsed
            | Self::Sealed(_)
            | Self::Capacity => Status::Other,
        }
    }
}

impl PinError {
    const fn status(self) -> Status {
        match self {
            Self::NotSet => Status::PinNotSet,
            Self::AlreadySet => Status::PinAuthInvalid, // CP-06
            Self::Wrong | Self::MustChange => Status::PinInvalid,
            Self::AwaitsPowerCycle => Status::PinAuthBlocked,
            Self::Blocked => Status::PinBlocked,
            Self::Policy | Self::MustChangeFirst => Status::PinPolicyViolation,
            Self::VerificationFailed => Status::UvInvalid,
            Self::VerificationBlocked => Status::UvBlocked,
            Self::VerificationNotSetUp => Status::NotAllowed, // CP-16
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::NotSet => "no PIN is set; set one first",
            Self::AlreadySet => "a PIN is set already; change it instead",
            Self::Wrong => "the PIN is wrong",
            Self::AwaitsPowerCycle => "the PIN was wrong three times; unplug, plug in and try again",
            Self::Blocked => {
                "the PIN was wrong too often; only a reset, which deletes all passkeys, recovers"
            }
            Self::Policy => "the new PIN is too short, too long, too simple or the old one",
            Self::MustChange | Self::MustChangeFirst => "the PIN must be changed before it can be used",
            Self::VerificationFailed => "you were not recognised; try again",
            Self::VerificationBlocked => "you were not recognised too often; use the PIN",
            Self::VerificationNotSetUp => "user verification is not set up here",
        }
    }
}

impl LargeBlobError {
    const fn status(self) -> Status {
        match self {
            Self::Full => Status::LargeBlobStorageFull,         // LB-04
            Self::FragmentTooLong => Status::InvalidLength,     // LB-03, LB-04
            Self::OutOfSequence => Status::InvalidSeq,          // LB-04
            Self::Broken => Status::IntegrityFailure,           // LB-07
            Self::NotDiscoverable => Status::InvalidOption,     // LBX-01, as LBK-01
            Self::Unnamed => Status::InvalidParameter,          // LBX-04
            Self::WithoutPresence => Status::UnsupportedOption, // LBX-04, as HS-05
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Full => "there is no room for large blobs of this length",
            Self::FragmentTooLong => "a fragment of large blobs is too long for one message",
            Self::OutOfSequence => "a fragment of large blobs came out of sequence; begin with the first",
            Self::Broken => "the large blobs were damaged on their way; send them again",
            Self::NotDiscoverable => "a large blob goes with a discoverable passkey",
            Self::Unnamed => "a large blob is to be written, and no passkey is named for it",
            Self::WithoutPresence => "a large blob is to be written without user presence",
        }
    }
}

impl RequestError {
    const fn status(self) -> Status {
        match self {
            Self::Empty => Status::InvalidLength,                     // GEN-04
            Self::TooLarge => Status::RequestTooLarge,                // GEN-14
            Self::UnknownCommand => Status::InvalidCommand,           // GEN-03
            Self::Malformed | Self::LargeBlob => Status::InvalidCbor, // GEN-08, LBX-01, LBX-02
            Self::WrongType => Status::CborUnexpectedType,            // GEN-11
            Self::Missing => Status::MissingParameter,                // GEN-12
            Self::HashLength | Self::CredProtect => Status::InvalidParameter, // MC-01, CPR-04
            Self::UserIdLength => Status::InvalidLength,              // MC-02
        }
    }
}

impl Refusal {
    /// MC-19..23, GA-07, GA-12: what a refused prompt means depends on what it asked for.
    const fn status(self, ask: Ask) -> Status {
        match (self, ask) {
            (Self::Cancelled, _) => Status::KeepaliveCancel,
            (Self::TimedOut, Ask::Verification | Ask::Confirmation | Ask::LongTouch) => {
                Status::UserActionTimeout
            }
            (Self::VerificationFailed { left: 0 } | Self::LockedOut { .. }, Ask::Verification) => {
                Status::PinBlocked
            }
            _ => Status::OperationDenied,
        }
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<PinUvAuthError> for Error {
    fn from(error: PinUvAuthError) -> Self {
        Self::PinUvAuth(error)
    }
}

impl From<PinError> for Error {
    fn from(error: PinError) -> Self {
        Self::Pin(error)
    }
}

impl From<LargeBlobError> for Error {
    fn from(error: LargeBlobError) -> Self {
        Self::LargeBlobs(error)
    }
}

impl From<SealedError> for Error {
    fn from(error: SealedError) -> Self {
        Self::Sealed(error)
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        Self::Commit(error)
    }
}

impl From<TooMany> for Error {
    fn from(TooMany: TooMany) -> Self {
        Self::Capacity
    }
}

impl From<HeaderError> for Error {
    fn from(error: HeaderError) -> Self {
        match error {
            HeaderError::Absent => Self::StoreEmpty,
            HeaderError::Newer => Self::StoreNewer,
            HeaderError::OfLab => Self::StoreOfLab,
            HeaderError::NotOfLab => Self::StoreNotOfLab,
            HeaderError::Unreadable => Self::StoreUnreadable,
            HeaderError::Store(error) => Self::Store(error),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Request(error) => return write!(f, "the request is not valid: {error:?}"),
            Self::Key(error) => return error.fmt(f),
            Self::Store(error) => return error.fmt(f),
            Self::Commit(error) => return error.fmt(f),
            Self::PinUvAuth(PinUvAuthError::Invalid) => "the request is not authorised; enter the PIN again",
            Self::PinUvAuth(_) => "the request uses a PIN/UV auth protocol this authenticator does not have",
            Self::Pin(error) => error.sentence(),
            Self::LargeBlobs(error) => error.sentence(),
            Self::TokenDemanded => "the request must be authorised by PIN",
            Self::EnterpriseAttestationValue => "the kind of enterprise attestation is unknown",
            Self::AlwaysUvIsFixed => {
                "this authenticator always verifies its user; that cannot be switched off"
            }
            Self::TooManyRpIds => "more sites are named than can be told the minimum PIN length",
            Self::UnknownSubcommand => "the subcommand is not supported",
            Self::InvalidParameter => "a parameter is not valid here",
            Self::MissingParameter => "a parameter is missing",
            Self::PermissionDenied => "a permission asked for cannot be given",
            Self::UnsupportedAlgorithm => {
                "the site accepts none of the signature algorithms of this authenticator"
            }
            Self::VerificationUnavailable => "user verification was asked for and is not available here",
            Self::PresenceNotOptional => "the request asks for a passkey without user presence",
            Self::ResidentKeyOption => "the request has an rk option that is not supported here",
            Self::SecretsWithoutPresence => "secrets were asked for without user presence",
            Self::LargeBlobKeyOption => "largeBlobKey must be true, and goes with a discoverable passkey",
            Self::ListTooLong => "the request names more credentials than this authenticator takes at once",
            Self::VerificationDemanded => "this authenticator demands user verification; ask for it",
            Self::EnterpriseAttestation => "enterprise attestation is not supported, or switched off",
            Self::Excluded => "there is already a passkey for this account on this device",
            Self::NoCredentials => "there is no passkey for this site on this device",
            Self::Refused(refusal, _) | Self::ExcludedUnagreed(refusal) => refusal.sentence(),
            Self::Unproven(_) => "the prompt was answered without what it asked for",
            Self::UnknownChoice => "the passkey chosen is not one that was offered",
            Self::NothingToContinue => "there is nothing to continue, or it was too long ago",
            Self::ResetWindowClosed => {
                "reset is allowed only shortly after power-up; unplug, plug in and try again"
            }
            Self::ResetDisabled => "reset is not available over this interface",
            Self::NoSuchRecord => "there is no such passkey any more",
            Self::CounterEnded => "the signature counter has ended; register a new passkey",
            Self::KeyGivenUp => "making the key took too long; start again",
            Self::KeysToDestroy => "keys of earlier resets are still to be destroyed; try again after that",
            Self::CeremonyUsed => "this request has been answered or cancelled before; start again",
            Self::Sealed(error) => return error.fmt(f),
            Self::RecordChanged => {
                "the passkey was changed by another program meanwhile; look at it and try again"
            }
            Self::StoreEmpty => "the store has not been set up yet",
            Self::StoreNewer => "the store was written by a later version; update this program",
            Self::StoreUnreadable => {
                "the store belongs to another device key, or is damaged; restore the key file it was made with"
            }
            Self::StoreOfLab => "the store was made in a lab, for tests; open it there, or use another",
            Self::StoreNotOfLab => "the store was not made in a lab, which leaves others alone; use another",
            Self::StoreRolledBack => {
                "the store is an older copy of itself; bring the newest copy back, or accept this one"
            }
            Self::StoreReadable => "the store belongs to this device key; reset it instead",
            Self::StoreReset => "the store was reset meanwhile; start again",
            Self::Capacity => "an internal limit was reached; nothing was changed",
        };
        f.write_str(sentence)
    }
}

impl core::error::Error for Error {}
