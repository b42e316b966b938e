//! Reading and freeing what the library gives out: steps, pages, buffers.

use super::call;
use super::convert::{candidate_field, candidate_time, step_field, step_number};
use super::raw::{borrow, free, put};
use super::types::{
    AuthnAsk, AuthnBuffer, AuthnBytes, AuthnCandidateField, AuthnCandidateTime, AuthnFailureKind, AuthnPage,
    AuthnPromptKind, AuthnStatus, AuthnStep, AuthnStepField, AuthnStepKind, AuthnStepNumber,
};
use crate::contain::contain;
use crate::data::{Ask, Candidate, Prompt, Step, User};

/// Gives a number of a step. `field` is an AuthnStepNumber.
///
/// # Safety
/// The step lives; `value` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_step_number(
    step: *const AuthnStep,
    field: u32,
    value: *mut i64,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let step = &unsafe { borrow(step) }?.step;
        let number = number_of(step, step_number(field)?).ok_or(AuthnStatus::Absent)?;
        // SAFETY: the caller's promise.
        unsafe { put(value, number) }
    })
}

/// Gives bytes of a step, which live as long as the step. `field` is an AuthnStepField.
///
/// # Safety
/// The step lives; `value` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_step_bytes(
    step: *const AuthnStep,
    field: u32,
    value: *mut AuthnBytes,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let step = &unsafe { borrow(step) }?.step;
        let bytes = bytes_of(step, step_field(field)?).ok_or(AuthnStatus::Absent)?;
        // SAFETY: the caller's promise.
        unsafe { put(value, AuthnBytes::of(bytes)) }
    })
}

/// The first candidates of a user step; they live as long as the step. Null for other steps and for null.
///
/// # Safety
/// `step` is null or lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_step_page(step: *const AuthnStep) -> *const AuthnPage {
    // SAFETY: the caller's promise.
    let page = unsafe { borrow(step) }.ok().and_then(|step| step.page.as_ref());
    page.map_or(std::ptr::null(), std::ptr::from_ref)
}

/// Frees a step, its bytes and its page. Null is allowed.
///
/// # Safety
/// `step` is null or came from authn_step and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_step_free(step: *mut AuthnStep) {
    // SAFETY: the caller's promise.
    let _ = contain(|| unsafe { free(step) });
}

/// How many candidates a page has; 0 for null.
///
/// # Safety
/// `page` is null or lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_page_count(page: *const AuthnPage) -> usize {
    // SAFETY: the caller's promise.
    unsafe { borrow(page) }.map_or(0, |page| page.0.candidates.len())
}

/// Gives where the next page begins, for authn_candidates. AUTHN_STATUS_ABSENT: this is the last one.
///
/// # Safety
/// The page lives; `before` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_page_next(page: *const AuthnPage, before: *mut u64) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let next = unsafe { borrow(page) }?.0.next.ok_or(AuthnStatus::Absent)?;
        // SAFETY: the caller's promise.
        unsafe { put(before, next) }
    })
}

/// Gives bytes of the candidate at `index`, from 0; they live as long as the page. `field` is an AuthnCandidateField.
///
/// # Safety
/// The page lives; `value` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_page_bytes(
    page: *const AuthnPage,
    index: usize,
    field: u32,
    value: *mut AuthnBytes,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let candidate = unsafe { borrow(page) }?.0.candidates.get(index).ok_or(AuthnStatus::Absent)?;
        let bytes = candidate_bytes(candidate, candidate_field(field)?).ok_or(AuthnStatus::Absent)?;
        // SAFETY: the caller's promise.
        unsafe { put(value, AuthnBytes::of(bytes)) }
    })
}

/// Gives a time of the candidate at `index`, in seconds since 1970. `field` is an AuthnCandidateTime.
///
/// # Safety
/// The page lives; `value` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_page_time(
    page: *const AuthnPage,
    index: usize,
    field: u32,
    value: *mut u64,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let candidate = unsafe { borrow(page) }?.0.candidates.get(index).ok_or(AuthnStatus::Absent)?;
        let time = match candidate_time(field)? {
            AuthnCandidateTime::Created => candidate.created,
            AuthnCandidateTime::LastUsed => candidate.last_used,
        };
        // SAFETY: the caller's promise.
        unsafe { put(value, time.ok_or(AuthnStatus::Absent)?) }
    })
}

/// Frees a page that came from authn_candidates. Null is allowed.
///
/// # Safety
/// `page` is null or came from authn_candidates and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_page_free(page: *mut AuthnPage) {
    // SAFETY: the caller's promise.
    let _ = contain(|| unsafe { free(page) });
}

/// The bytes of a buffer, which live as long as it does. None for null.
///
/// # Safety
/// `buffer` is null or lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_buffer_bytes(buffer: *const AuthnBuffer) -> AuthnBytes {
    // SAFETY: the caller's promise.
    unsafe { borrow(buffer) }.map_or(AuthnBytes::NONE, |buffer| AuthnBytes::of(&buffer.0))
}

/// Frees a buffer. Null is allowed.
///
/// # Safety
/// `buffer` is null or came from this library and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_buffer_free(buffer: *mut AuthnBuffer) {
    // SAFETY: the caller's promise.
    let _ = contain(|| unsafe { free(buffer) });
}

#[allow(clippy::as_conversions, reason = "reading the number of a C enumeration is what `as` is for")]
fn number_of(step: &Step, field: AuthnStepNumber) -> Option<i64> {
    use AuthnStepNumber as Field;
    Some(match (field, step) {
        (Field::Kind, _) => kind_of(step) as i64,
        (Field::Prompt, Step::NeedsUser { request }) => match request.prompt {
            Prompt::Register { .. } => AuthnPromptKind::Register as i64,
            Prompt::Excluded { .. } => AuthnPromptKind::Excluded as i64,
            Prompt::SignIn { .. } => AuthnPromptKind::SignIn as i64,
        },
        (Field::Ask, Step::NeedsUser { request }) => match request.ask {
            Ask::Presence => AuthnAsk::Presence as i64,
            Ask::Verification => AuthnAsk::Verification as i64,
        },
        (Field::TimeoutSeconds, Step::NeedsUser { request }) => i64::from(request.timeout_seconds),
        (Field::Algorithm, Step::NeedsKeypair { request }) => request.algorithm,
        (Field::Algorithm, Step::NeedsSignature { request }) => request.algorithm,
        (Field::Failure, Step::Failed { failure, .. }) => AuthnFailureKind::of(failure.kind) as i64,
        _ => return None,
    })
}

const fn kind_of(step: &Step) -> AuthnStepKind {
    match step {
        Step::NeedsUser { .. } => AuthnStepKind::User,
        Step::NeedsKeypair { .. } => AuthnStepKind::Keypair,
        Step::NeedsSignature { .. } => AuthnStepKind::Signature,
        Step::Done { .. } => AuthnStepKind::Done,
        Step::Failed { .. } => AuthnStepKind::Failed,
    }
}

fn bytes_of(step: &Step, field: AuthnStepField) -> Option<&[u8]> {
    use AuthnStepField as Field;
    Some(match (field, step) {
        (Field::RpId, Step::NeedsUser { request }) => match &request.prompt {
            Prompt::Register { rp_id, .. } | Prompt::Excluded { rp_id } | Prompt::SignIn { rp_id } => {
                rp_id.as_bytes()
            }
        },
        (Field::UserId, step) => &account(step)?.id,
        (Field::UserName, step) => account(step)?.name.as_bytes(),
        (Field::UserDisplayName, step) => account(step)?.display_name.as_bytes(),
        (Field::ChosenBefore, Step::NeedsUser { request }) => request.chosen_before.as_deref()?,
        (Field::Alias, Step::NeedsKeypair { request }) => &request.alias,
        (Field::RpIdHash, Step::NeedsKeypair { request }) => &request.rp_id_hash,
        (Field::Challenge, Step::NeedsKeypair { request }) => &request.challenge,
        (Field::KeyHandle, Step::NeedsSignature { request }) => &request.key_handle,
        (Field::AuthenticatorData, Step::NeedsSignature { request }) => &request.authenticator_data,
        (Field::ClientDataHash, Step::NeedsSignature { request }) => &request.client_data_hash,
        (Field::ResponseJson, Step::Done { response_json }) => response_json.as_bytes(),
        (Field::DomException, Step::Failed { failure, .. }) => failure.dom_exception.as_bytes(),
        (Field::Sentence, Step::Failed { failure, .. }) => failure.sentence.as_bytes(),
        (Field::UnusedKey, Step::Failed { unused_key, .. }) => unused_key.as_deref()?,
        _ => return None,
    })
}

fn account(step: &Step) -> Option<&User> {
    match step {
        Step::NeedsUser { request } => match &request.prompt {
            Prompt::Register { user, .. } => Some(user),
            Prompt::Excluded { .. } | Prompt::SignIn { .. } => None,
        },
        _ => None,
    }
}

fn candidate_bytes(candidate: &Candidate, field: AuthnCandidateField) -> Option<&[u8]> {
    Some(match field {
        AuthnCandidateField::Record => &candidate.record,
        AuthnCandidateField::UserId => &candidate.user.id,
        AuthnCandidateField::UserName => candidate.user.name.as_bytes(),
        AuthnCandidateField::UserDisplayName => candidate.user.display_name.as_bytes(),
        AuthnCandidateField::Label => candidate.label.as_deref()?.as_bytes(),
        AuthnCandidateField::KeyHandle => candidate.key_handle.as_deref()?,
    })
}
