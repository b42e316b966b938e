//! Opening a store, and ceremonies.

use super::call;
use super::convert::{
    attestation_setup, caller_kind, client_data_source, flag, key_problem, refusal, verification_setup,
};
use super::raw::{borrow, clear, free, give, lent, lent_numbers, lent_or_none};
use super::types::{
    AuthnAuthenticator, AuthnBuffer, AuthnBytes, AuthnCaller, AuthnCallerKind, AuthnCeremony,
    AuthnClientData, AuthnClientDataSource, AuthnPage, AuthnSettings, AuthnStatus, AuthnStep,
};
use crate::authenticator::Authenticator;
use crate::ceremony::Ceremony;
use crate::contain::contain;
use crate::data::{
    Caller, ClientData, KeyAnswer, KeyBackend, Refusal, Settings, SignatureAnswer, Step, UserAnswer,
};
use crate::misuse::Misuse;
use std::sync::Arc;

/// Opens the store at `path`, making it if there is none. `device_key` has 32 bytes, kept where the platform keeps keys.
///
/// # Safety
/// Bytes and settings are readable for the call; `authenticator` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_open(
    path: AuthnBytes,
    device_key: AuthnBytes,
    settings: *const AuthnSettings,
    authenticator: *mut *mut AuthnAuthenticator,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise about `authenticator`.
        unsafe { clear(authenticator) }?;
        // SAFETY: the caller's promise about the bytes and the settings, whose own bytes are bytes too.
        let (path, device_key, settings) = unsafe { (text(path)?, lent(device_key)?, borrow(settings)?) };
        // SAFETY: as before.
        let (aaguid, algorithms) =
            unsafe { (lent(settings.aaguid)?, lent_numbers(settings.algorithms, settings.algorithms_len)?) };
        let keys = match algorithms {
            [] => KeyBackend::Software,
            _ => KeyBackend::Host { algorithms: algorithms.to_vec() },
        };
        let verification = verification_setup(settings.verification)?;
        let attestation = attestation_setup(settings.attestation)?;
        let settings = Settings { aaguid: aaguid.to_vec(), verification, keys, attestation };
        let opened = Authenticator::open(path, device_key.to_vec(), settings)?;
        // SAFETY: the caller's promise about `authenticator`.
        unsafe { give(authenticator, AuthnAuthenticator(opened)) }
    })
}

/// Lets go of the store's file, until authn_resume. It waits for the one call that is under way. Until then, every call that
/// needs the store is AUTHN_STATUS_SUSPENDED and changes nothing; ceremonies go on afterwards where they were.
///
/// # Safety
/// The authenticator lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_suspend(authenticator: *const AuthnAuthenticator) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| Ok(unsafe { borrow(authenticator) }?.0.suspend()?))
}

/// Opens the file again after authn_suspend, with every check of authn_open. When it fails the store is still suspended.
///
/// # Safety
/// The authenticator lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_resume(authenticator: *const AuthnAuthenticator) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| Ok(unsafe { borrow(authenticator) }?.0.resume()?))
}

/// Gives what this client can do, as the JSON object of getClientCapabilities() (WebAuthn L3, 5.1.7).
///
/// # Safety
/// The authenticator lives; `json` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_client_capabilities(
    authenticator: *const AuthnAuthenticator,
    json: *mut *mut AuthnBuffer,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let authenticator = unsafe {
            clear(json)?;
            borrow(authenticator)?
        };
        let capabilities = authenticator.0.client_capabilities()?;
        // SAFETY: the caller's promise about `json`.
        unsafe { give(json, AuthnBuffer(capabilities.into_bytes())) }
    })
}

/// Closes a store once its ceremonies are freed as well. Null is allowed.
///
/// # Safety
/// `authenticator` is null or came from authn_open and was not freed; no call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_authenticator_free(authenticator: *mut AuthnAuthenticator) {
    // SAFETY: the caller's promise.
    let _ = contain(|| unsafe { free(authenticator) });
}

/// Starts a registration with PublicKeyCredentialCreationOptionsJSON. A request that cannot be served gives a ceremony
/// that has failed.
///
/// # Safety
/// The authenticator lives; options, caller and client data are readable for the call; `ceremony` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_start_create(
    authenticator: *const AuthnAuthenticator,
    options_json: AuthnBytes,
    caller: *const AuthnCaller,
    client_data: *const AuthnClientData,
    ceremony: *mut *mut AuthnCeremony,
) -> AuthnStatus {
    // SAFETY: the caller's promise is the one that `start` wants.
    call(|| unsafe {
        start(authenticator, options_json, caller, client_data, ceremony, Authenticator::start_create)
    })
}

/// Starts a sign-in with PublicKeyCredentialRequestOptionsJSON. A request that cannot be served gives a ceremony that has
/// failed.
///
/// # Safety
/// The authenticator lives; options, caller and client data are readable for the call; `ceremony` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_start_get(
    authenticator: *const AuthnAuthenticator,
    options_json: AuthnBytes,
    caller: *const AuthnCaller,
    client_data: *const AuthnClientData,
    ceremony: *mut *mut AuthnCeremony,
) -> AuthnStatus {
    // SAFETY: the caller's promise is the one that `start` wants.
    call(|| unsafe {
        start(authenticator, options_json, caller, client_data, ceremony, Authenticator::start_get)
    })
}

/// Takes up a saved ceremony. Bytes that cannot be restored give a ceremony that has failed.
///
/// # Safety
/// The authenticator lives; the bytes are readable for the call; `ceremony` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_restore(
    authenticator: *const AuthnAuthenticator,
    saved: AuthnBytes,
    ceremony: *mut *mut AuthnCeremony,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let (authenticator, saved) = unsafe {
            clear(ceremony)?;
            (borrow(authenticator)?, lent(saved)?)
        };
        let restored = Arc::clone(&authenticator.0).restore(saved.to_vec())?;
        // SAFETY: the caller's promise about `ceremony`.
        unsafe { give(ceremony, AuthnCeremony(restored)) }
    })
}

/// Frees a ceremony. One that has not ended leaves the store as it was, but for the intent to make a key once a registration
/// with keys of the program's own was approved. Null is allowed.
///
/// # Safety
/// `ceremony` is null or came from this library and was not freed; no call on it is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_ceremony_free(ceremony: *mut AuthnCeremony) {
    // SAFETY: the caller's promise.
    let _ = contain(|| unsafe { free(ceremony) });
}

/// Says what the ceremony waits for, or what it came to.
///
/// # Safety
/// The ceremony lives; `step` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_step(
    ceremony: *const AuthnCeremony,
    step: *mut *mut AuthnStep,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let ceremony = unsafe {
            clear(step)?;
            borrow(ceremony)?
        };
        let mut shown = ceremony.0.step()?;
        let page = match &mut shown {
            Step::NeedsUser { request } => {
                let next = request.candidates.next;
                let candidates = std::mem::take(&mut request.candidates.candidates);
                Some(AuthnPage(crate::data::Page { candidates, next }))
            }
            _ => None,
        };
        // SAFETY: the caller's promise about `step`.
        unsafe { give(step, AuthnStep { step: shown, page }) }
    })
}

/// Gives the candidates after those of a page whose authn_page_next is `before`.
///
/// # Safety
/// The ceremony lives; `page` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_candidates(
    ceremony: *const AuthnCeremony,
    before: u64,
    page: *mut *mut AuthnPage,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let ceremony = unsafe {
            clear(page)?;
            borrow(ceremony)?
        };
        let read = ceremony.0.candidates(before)?;
        // SAFETY: the caller's promise about `page`.
        unsafe { give(page, AuthnPage(read)) }
    })
}

/// Notes the record that was picked in the system's own list. It is not an answer.
///
/// # Safety
/// The ceremony lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_choose(ceremony: *const AuthnCeremony, record: AuthnBytes) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| unsafe { on(ceremony, |it| it.choose(lent(record)?.to_vec()).map_err(AuthnStatus::from)) })
}

/// Answers a user step: they agreed. `verified` says whether they were verified just now; `chosen` is the record they
/// chose, or none.
///
/// # Safety
/// The ceremony lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_approve(
    ceremony: *const AuthnCeremony,
    verified: bool,
    chosen: AuthnBytes,
) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| unsafe {
        let chosen = lent_or_none(chosen)?.map(<[u8]>::to_vec);
        user(ceremony, UserAnswer::Approved { verified, chosen })
    })
}

/// Answers a user step: they did not agree. `reason` is an AuthnRefusal; `tries_left` counts after a failed verification.
///
/// # Safety
/// The ceremony lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_refuse(
    ceremony: *const AuthnCeremony,
    reason: u32,
    tries_left: u8,
) -> AuthnStatus {
    call(|| {
        let refusal = match refusal(reason)? {
            Refusal::VerificationFailed { .. } => Refusal::VerificationFailed { left: tries_left },
            other => other,
        };
        // SAFETY: the caller's promise.
        unsafe { user(ceremony, UserAnswer::Refused { refusal }) }
    })
}

/// Answers a keypair step: the key is made. `public_key` is a DER SubjectPublicKeyInfo, `key_handle` the program's own name
/// for the key, 1 to 96 bytes.
///
/// # Safety
/// The ceremony lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_key_made(
    ceremony: *const AuthnCeremony,
    public_key: AuthnBytes,
    key_handle: AuthnBytes,
) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| unsafe {
        let (public_key, key_handle) = (lent(public_key)?.to_vec(), lent(key_handle)?.to_vec());
        key(ceremony, KeyAnswer::Made { public_key, key_handle })
    })
}

/// Answers a keypair step: there is no key. `problem` is an AuthnKeyProblem.
///
/// # Safety
/// The ceremony lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_key_not_made(ceremony: *const AuthnCeremony, problem: u32) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| unsafe { key(ceremony, KeyAnswer::NotMade { problem: key_problem(problem)? }) })
}

/// Answers a signature step. The signature is DER for ECDSA, 64 raw bytes for EdDSA.
///
/// # Safety
/// The ceremony lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_signed(ceremony: *const AuthnCeremony, signature: AuthnBytes) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| unsafe { sign(ceremony, SignatureAnswer::Signed { signature: lent(signature)?.to_vec() }) })
}

/// Answers a signature step: there is none. `problem` is an AuthnKeyProblem.
///
/// # Safety
/// The ceremony lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_not_signed(ceremony: *const AuthnCeremony, problem: u32) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| unsafe { sign(ceremony, SignatureAnswer::NotSigned { problem: key_problem(problem)? }) })
}

/// Ends the ceremony, whatever it waits for.
///
/// # Safety
/// The ceremony lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_cancel(ceremony: *const AuthnCeremony) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| unsafe { on(ceremony, |it| it.cancel().map_err(AuthnStatus::from)) })
}

/// Gives the ceremony as sealed bytes, for authn_restore in this process or another.
///
/// # Safety
/// The ceremony lives; `saved` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_save(
    ceremony: *const AuthnCeremony,
    saved: *mut *mut AuthnBuffer,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let ceremony = unsafe {
            clear(saved)?;
            borrow(ceremony)?
        };
        let bytes = ceremony.0.save()?;
        // SAFETY: the caller's promise about `saved`.
        unsafe { give(saved, AuthnBuffer(bytes)) }
    })
}

type Start = fn(Arc<Authenticator>, String, Caller, ClientData) -> Result<Arc<Ceremony>, Misuse>;

/// # Safety
/// The pointers are readable for the call, `ceremony` can be written to.
unsafe fn start(
    authenticator: *const AuthnAuthenticator,
    options_json: AuthnBytes,
    caller: *const AuthnCaller,
    client_data: *const AuthnClientData,
    ceremony: *mut *mut AuthnCeremony,
    start: Start,
) -> Result<(), AuthnStatus> {
    // SAFETY: this function's contract.
    unsafe {
        clear(ceremony)?;
        let authenticator = Arc::clone(&borrow(authenticator)?.0);
        let (caller, client_data) = (read_caller(caller)?, read_client_data(client_data)?);
        let started = start(authenticator, text(options_json)?, caller, client_data)?;
        give(ceremony, AuthnCeremony(started))
    }
}

/// Reads the members that its kind has, and no others: C may have left those uninitialised, and a reference to the whole
/// would say that they are not.
///
/// # Safety
/// `caller` is null, or its kind, its origin and what its kind has beside them are readable for the call, their bytes too.
pub(super) unsafe fn read_caller(caller: *const AuthnCaller) -> Result<Caller, AuthnStatus> {
    present(caller)?;
    // SAFETY: not null, just checked; readable by this function's contract.
    let (kind, origin) = unsafe { ((*caller).kind, text((*caller).origin)?) };
    Ok(match caller_kind(kind)? {
        AuthnCallerKind::App => {
            // SAFETY: as before; an app has one.
            let package_name = unsafe { lent_or_none((*caller).package_name) }?.map(utf8).transpose()?;
            Caller::App { origin, package_name }
        }
        AuthnCallerKind::Web => {
            // SAFETY: as before; a page has these.
            let (top_origin, cross_origin) =
                unsafe { (lent_or_none((*caller).top_origin)?, (*caller).cross_origin) };
            let top_origin = top_origin.map(utf8).transpose()?;
            Caller::Web { origin, top_origin, cross_origin: flag(cross_origin)? }
        }
    })
}

/// # Safety
/// `client_data` is null, or its source is readable for the call, and so is the hash with its bytes, unless the source is one
/// that has none: then it is not looked at.
pub(super) unsafe fn read_client_data(
    client_data: *const AuthnClientData,
) -> Result<ClientData, AuthnStatus> {
    present(client_data)?;
    // SAFETY: not null, just checked; readable by this function's contract.
    let source = client_data_source(unsafe { (*client_data).source })?;
    // SAFETY: as before, where the source has a hash.
    let hash = || unsafe { lent((*client_data).hash) }.map(<[u8]>::to_vec);
    Ok(match source {
        AuthnClientDataSource::Build => ClientData::Build,
        AuthnClientDataSource::HashOnly => ClientData::HashOnly { hash: hash()? },
        AuthnClientDataSource::HashWithPlaceholder => ClientData::HashWithPlaceholder { hash: hash()? },
    })
}

fn present<T>(pointer: *const T) -> Result<(), AuthnStatus> {
    if pointer.is_null() { Err(AuthnStatus::NullPointer) } else { Ok(()) }
}

/// # Safety
/// The bytes are readable for the call.
pub(super) unsafe fn text(bytes: AuthnBytes) -> Result<String, AuthnStatus> {
    // SAFETY: this function's contract.
    utf8(unsafe { lent(bytes) }?)
}

fn utf8(bytes: &[u8]) -> Result<String, AuthnStatus> {
    String::from_utf8(bytes.to_vec()).map_err(|_| AuthnStatus::NotUtf8)
}

/// # Safety
/// The ceremony is null or lives.
unsafe fn on(
    ceremony: *const AuthnCeremony,
    work: impl FnOnce(&Ceremony) -> Result<(), AuthnStatus>,
) -> Result<(), AuthnStatus> {
    // SAFETY: this function's contract.
    work(&unsafe { borrow(ceremony) }?.0)
}

/// # Safety
/// The ceremony is null or lives.
unsafe fn user(ceremony: *const AuthnCeremony, answer: UserAnswer) -> Result<(), AuthnStatus> {
    // SAFETY: this function's contract.
    unsafe { on(ceremony, |it| it.answer_user(answer).map_err(AuthnStatus::from)) }
}

/// # Safety
/// The ceremony is null or lives.
unsafe fn key(ceremony: *const AuthnCeremony, answer: KeyAnswer) -> Result<(), AuthnStatus> {
    // SAFETY: this function's contract.
    unsafe { on(ceremony, |it| it.answer_key(answer).map_err(AuthnStatus::from)) }
}

/// # Safety
/// The ceremony is null or lives.
unsafe fn sign(ceremony: *const AuthnCeremony, answer: SignatureAnswer) -> Result<(), AuthnStatus> {
    // SAFETY: this function's contract.
    unsafe { on(ceremony, |it| it.answer_signature(answer).map_err(AuthnStatus::from)) }
}
