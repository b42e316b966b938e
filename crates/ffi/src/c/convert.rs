//! Between the types of the C ABI and those of the crate.

use super::types::{
    AuthnBytes, AuthnCallerKind, AuthnCandidateField, AuthnCandidateTime, AuthnClientDataSource,
    AuthnFailureKind, AuthnPasskeyField, AuthnPasskeyNumber, AuthnPasskeyState, AuthnStatus, AuthnStepField,
    AuthnStepNumber,
};
use crate::data::{AttestationSetup, KeyProblem, Refusal, VerificationSetup};
use crate::failure::FailureKind;
use crate::misuse::{Misuse, OpenError, SaveError};
use crate::passkeys::{PasskeyError, PasskeyMark, PasskeyState};
use crate::upkeep::UpkeepError;

impl AuthnBytes {
    pub(super) const NONE: Self = Self { data: std::ptr::null(), len: 0 };

    pub(super) const fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }
}

impl From<Misuse> for AuthnStatus {
    fn from(misuse: Misuse) -> Self {
        use crate::misuse::ArgumentProblem as Problem;
        match misuse {
            Misuse::WrongAnswer { .. } => Self::WrongAnswer,
            Misuse::Ended => Self::Ended,
            Misuse::Busy => Self::Busy,
            Misuse::Argument { problem: Problem::PublicKey } => Self::PublicKey,
            Misuse::Argument { .. } => Self::Length,
            Misuse::Suspended => Self::Suspended,
            Misuse::Panicked => Self::Panicked,
        }
    }
}

impl From<OpenError> for AuthnStatus {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::DeviceKeyLength | OpenError::AaguidLength => Self::Length,
            OpenError::NoAlgorithm => Self::UnknownValue,
            OpenError::OtherDeviceKey => Self::OtherDeviceKey,
            OpenError::Newer => Self::NewerStore,
            OpenError::Store { .. } => Self::Store,
            OpenError::Panicked => Self::Panicked,
        }
    }
}

impl From<SaveError> for AuthnStatus {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Ended => Self::Ended,
            SaveError::Busy => Self::Busy,
            SaveError::NotSaved { .. } => Self::NotSaved,
            SaveError::Suspended => Self::Suspended,
            SaveError::Panicked => Self::Panicked,
        }
    }
}

impl From<UpkeepError> for AuthnStatus {
    fn from(error: UpkeepError) -> Self {
        match error {
            UpkeepError::Argument { .. } => Self::Length,
            UpkeepError::Suspended => Self::Suspended,
            UpkeepError::Store { .. } => Self::Store,
            UpkeepError::Panicked => Self::Panicked,
        }
    }
}

impl From<PasskeyError> for AuthnStatus {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::Argument { .. } => Self::Length,
            PasskeyError::NoSuchPasskey => Self::NoSuchPasskey,
            PasskeyError::Unreadable => Self::Unreadable,
            PasskeyError::NewerNotes => Self::NewerNotes,
            PasskeyError::Label { .. } => Self::Label,
            PasskeyError::KeyGone => Self::KeyGone,
            PasskeyError::Unproven => Self::Unproven,
            PasskeyError::KeysToDestroy => Self::KeysToDestroy,
            PasskeyError::Suspended => Self::Suspended,
            PasskeyError::Store { .. } => Self::Store,
            PasskeyError::Panicked => Self::Panicked,
        }
    }
}

impl AuthnPasskeyState {
    pub(super) const fn of(state: PasskeyState) -> Self {
        match state {
            PasskeyState::Active => Self::Active,
            PasskeyState::Unconfirmed => Self::Unconfirmed,
            PasskeyState::Superseded => Self::Superseded,
            PasskeyState::Hidden => Self::Hidden,
            PasskeyState::KeyMissing => Self::KeyMissing,
            PasskeyState::KeyInvalidated => Self::KeyInvalidated,
            PasskeyState::Unreadable => Self::Unreadable,
        }
    }
}

impl AuthnFailureKind {
    pub(super) const fn of(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Cancelled => Self::Cancelled,
            FailureKind::Refused => Self::Refused,
            FailureKind::Unproven => Self::Unproven,
            FailureKind::Excluded => Self::Excluded,
            FailureKind::NoPasskey => Self::NoPasskey,
            FailureKind::Request => Self::Request,
            FailureKind::Caller => Self::Caller,
            FailureKind::NotSupported => Self::NotSupported,
            FailureKind::VerificationNotSetUp => Self::VerificationNotSetUp,
            FailureKind::KeyRefused => Self::KeyRefused,
            FailureKind::KeyLockedOut => Self::KeyLockedOut,
            FailureKind::KeyGone => Self::KeyGone,
            FailureKind::KeyFailed => Self::KeyFailed,
            FailureKind::Store => Self::Store,
            FailureKind::UsedUp => Self::UsedUp,
            FailureKind::Expired => Self::Expired,
            FailureKind::NoClock => Self::NoClock,
            FailureKind::NotRestorable => Self::NotRestorable,
            FailureKind::Internal => Self::Internal,
        }
    }
}

/// The values of the enumerations that come from C, in the order of their numbers.
macro_rules! from_number {
    ($name:ident, $type:ty, [$($value:expr),* $(,)?]) => {
        pub(super) fn $name(number: u32) -> Result<$type, AuthnStatus> {
            let values = [$($value),*];
            let value = usize::try_from(number).ok().and_then(|place| values.get(place).copied());
            value.ok_or(AuthnStatus::UnknownValue)
        }
    };
}

from_number!(
    verification_setup,
    VerificationSetup,
    [VerificationSetup::Unsupported, VerificationSetup::NotConfigured, VerificationSetup::Configured,]
);
from_number!(flag, bool, [false, true]);
from_number!(attestation_setup, AttestationSetup, [AttestationSetup::SelfSigned, AttestationSetup::None]);
from_number!(
    passkey_mark,
    PasskeyMark,
    [PasskeyMark::Confirmed, PasskeyMark::Unconfirmed, PasskeyMark::Hidden, PasskeyMark::Shown]
);
from_number!(
    passkey_field,
    AuthnPasskeyField,
    [
        AuthnPasskeyField::Record,
        AuthnPasskeyField::CredentialId,
        AuthnPasskeyField::RpId,
        AuthnPasskeyField::UserId,
        AuthnPasskeyField::UserName,
        AuthnPasskeyField::UserDisplayName,
        AuthnPasskeyField::Label,
    ]
);
from_number!(
    passkey_number,
    AuthnPasskeyNumber,
    [
        AuthnPasskeyNumber::State,
        AuthnPasskeyNumber::Algorithm,
        AuthnPasskeyNumber::Created,
        AuthnPasskeyNumber::LastUsed,
        AuthnPasskeyNumber::KeyHeldByProgram,
    ]
);
from_number!(caller_kind, AuthnCallerKind, [AuthnCallerKind::Web, AuthnCallerKind::App]);
from_number!(
    client_data_source,
    AuthnClientDataSource,
    [
        AuthnClientDataSource::Build,
        AuthnClientDataSource::HashOnly,
        AuthnClientDataSource::HashWithPlaceholder,
    ]
);
from_number!(
    refusal,
    Refusal,
    [
        Refusal::Declined,
        Refusal::TimedOut,
        Refusal::VerificationFailed { left: 0 },
        Refusal::LockedOut,
        Refusal::Unavailable,
    ]
);
from_number!(
    key_problem,
    KeyProblem,
    [
        KeyProblem::Missing,
        KeyProblem::Invalidated,
        KeyProblem::LockedOut,
        KeyProblem::Refused,
        KeyProblem::Unsupported,
        KeyProblem::Failed,
    ]
);
from_number!(
    step_number,
    AuthnStepNumber,
    [
        AuthnStepNumber::Kind,
        AuthnStepNumber::Prompt,
        AuthnStepNumber::Ask,
        AuthnStepNumber::TimeoutSeconds,
        AuthnStepNumber::Algorithm,
        AuthnStepNumber::Failure,
    ]
);
from_number!(
    step_field,
    AuthnStepField,
    [
        AuthnStepField::RpId,
        AuthnStepField::UserId,
        AuthnStepField::UserName,
        AuthnStepField::UserDisplayName,
        AuthnStepField::ChosenBefore,
        AuthnStepField::Alias,
        AuthnStepField::RpIdHash,
        AuthnStepField::Challenge,
        AuthnStepField::KeyHandle,
        AuthnStepField::AuthenticatorData,
        AuthnStepField::ClientDataHash,
        AuthnStepField::ResponseJson,
        AuthnStepField::DomException,
        AuthnStepField::Sentence,
        AuthnStepField::UnusedKey,
    ]
);
from_number!(
    candidate_field,
    AuthnCandidateField,
    [
        AuthnCandidateField::Record,
        AuthnCandidateField::UserId,
        AuthnCandidateField::UserName,
        AuthnCandidateField::UserDisplayName,
        AuthnCandidateField::Label,
        AuthnCandidateField::KeyHandle,
    ]
);
from_number!(candidate_time, AuthnCandidateTime, [AuthnCandidateTime::Created, AuthnCandidateTime::LastUsed]);
