//! The C ABI: opaque handles, explicit lengths, a status from every call. `include/authenticator.h` is generated from here.
//!
//! This is the only module with unsafe code. What a pointer must be is in each function's "Safety"; what can be checked is
//! checked: null pointers, lengths, text, the values of enumerations. A panic ends at the function it happens in.

#![allow(
    unsafe_code,
    reason = "C hands over pointers, and its linker wants names that Rust cannot vouch for"
)]

mod convert;
mod functions;
mod passkeys;
mod raw;
mod steps;
mod types;
mod upkeep;

pub use functions::{
    authn_approve, authn_authenticator_free, authn_cancel, authn_candidates, authn_ceremony_free,
    authn_choose, authn_client_capabilities, authn_key_made, authn_key_not_made, authn_not_signed,
    authn_open, authn_refuse, authn_restore, authn_resume, authn_save, authn_signed, authn_start_create,
    authn_start_get, authn_step, authn_suspend,
};
pub use passkeys::{
    authn_delete_everything, authn_delete_passkey, authn_mark_passkey, authn_passkeys, authn_passkeys_bytes,
    authn_passkeys_count, authn_passkeys_free, authn_passkeys_next, authn_passkeys_number,
    authn_rename_passkey,
};
pub use steps::{
    authn_buffer_bytes, authn_buffer_free, authn_page_bytes, authn_page_count, authn_page_free,
    authn_page_next, authn_page_time, authn_step_bytes, authn_step_free, authn_step_number, authn_step_page,
};
pub use types::{
    AuthnAsk, AuthnAttestationSetup, AuthnAuthenticator, AuthnBuffer, AuthnBytes, AuthnCaller,
    AuthnCallerKind, AuthnCandidateField, AuthnCandidateTime, AuthnCeremony, AuthnClientData,
    AuthnClientDataSource, AuthnFailureKind, AuthnKeyNameKind, AuthnKeyProblem, AuthnPage, AuthnPasskeyField,
    AuthnPasskeyMark, AuthnPasskeyNumber, AuthnPasskeyState, AuthnPasskeys, AuthnPromptKind, AuthnRefusal,
    AuthnSettings, AuthnStatus, AuthnStep, AuthnStepField, AuthnStepKind, AuthnStepNumber,
    AuthnVerificationSetup,
};

pub use upkeep::{authn_key_destroyed, authn_unwanted_key};

use crate::contain::contain;

/// Runs one call from C: every way in which it can end is a status.
fn call(work: impl FnOnce() -> Result<(), AuthnStatus>) -> AuthnStatus {
    match contain(work) {
        Ok(Ok(())) => AuthnStatus::Ok,
        Ok(Err(status)) => status,
        Err(_) => AuthnStatus::Panicked,
    }
}

#[cfg(test)]
mod tests;
