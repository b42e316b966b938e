//! The passkeys that are here: listing them, and what their owner changes.

use super::call;
use super::convert::{passkey_field, passkey_mark, passkey_number};
use super::functions::text;
use super::raw::{borrow, clear, free, give, lent, put};
use super::types::{
    AuthnAuthenticator, AuthnBytes, AuthnPasskeyField, AuthnPasskeyNumber, AuthnPasskeyState, AuthnPasskeys,
    AuthnStatus,
};
use crate::contain::contain;
use crate::passkeys::Passkey;

/// Gives the passkeys that are here, of all sites and in all states, newest first: those after a page whose
/// authn_passkeys_next is `before`, or with UINT64_MAX the first ones.
///
/// # Safety
/// The authenticator lives; `passkeys` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_passkeys(
    authenticator: *const AuthnAuthenticator,
    before: u64,
    passkeys: *mut *mut AuthnPasskeys,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let authenticator = unsafe {
            clear(passkeys)?;
            borrow(authenticator)?
        };
        let page = authenticator.0.passkeys((before != u64::MAX).then_some(before))?;
        // SAFETY: the caller's promise about `passkeys`.
        unsafe { give(passkeys, AuthnPasskeys(page)) }
    })
}

/// How many passkeys a page has; 0 for null.
///
/// # Safety
/// `passkeys` is null or lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_passkeys_count(passkeys: *const AuthnPasskeys) -> usize {
    // SAFETY: the caller's promise.
    unsafe { borrow(passkeys) }.map_or(0, |page| page.0.passkeys.len())
}

/// Gives where the next page begins, for authn_passkeys. AUTHN_STATUS_ABSENT: this is the last one.
///
/// # Safety
/// The page lives; `before` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_passkeys_next(
    passkeys: *const AuthnPasskeys,
    before: *mut u64,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let next = unsafe { borrow(passkeys) }?.0.next.ok_or(AuthnStatus::Absent)?;
        // SAFETY: the caller's promise.
        unsafe { put(before, next) }
    })
}

/// Gives bytes of the passkey at `index`, from 0; they live as long as the page. `field` is an AuthnPasskeyField.
///
/// # Safety
/// The page lives; `value` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_passkeys_bytes(
    passkeys: *const AuthnPasskeys,
    index: usize,
    field: u32,
    value: *mut AuthnBytes,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let passkey = unsafe { borrow(passkeys) }?.0.passkeys.get(index).ok_or(AuthnStatus::Absent)?;
        let bytes = bytes_of(passkey, passkey_field(field)?).ok_or(AuthnStatus::Absent)?;
        // SAFETY: the caller's promise.
        unsafe { put(value, AuthnBytes::of(bytes)) }
    })
}

/// Gives a number of the passkey at `index`, from 0. `field` is an AuthnPasskeyNumber.
///
/// # Safety
/// The page lives; `value` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_passkeys_number(
    passkeys: *const AuthnPasskeys,
    index: usize,
    field: u32,
    value: *mut i64,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let passkey = unsafe { borrow(passkeys) }?.0.passkeys.get(index).ok_or(AuthnStatus::Absent)?;
        let number = number_of(passkey, passkey_number(field)?).ok_or(AuthnStatus::Absent)?;
        // SAFETY: the caller's promise.
        unsafe { put(value, number) }
    })
}

/// Frees a page of passkeys. Null is allowed.
///
/// # Safety
/// `passkeys` is null or came from authn_passkeys and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_passkeys_free(passkeys: *mut AuthnPasskeys) {
    // SAFETY: the caller's promise.
    let _ = contain(|| unsafe { free(passkeys) });
}

/// Gives a passkey a label of its owner's in place of the one it had. The site is told nothing.
///
/// # Safety
/// The authenticator lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_rename_passkey(
    authenticator: *const AuthnAuthenticator,
    record: AuthnBytes,
    label: AuthnBytes,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let (authenticator, record, label) = unsafe { (borrow(authenticator)?, lent(record)?, text(label)?) };
        Ok(authenticator.0.rename_passkey(record.to_vec(), label)?)
    })
}

/// Deletes a passkey for good. Ask its owner first; the site still lists it. A key of the program's own is named by
/// authn_unwanted_key from then on.
///
/// # Safety
/// The authenticator lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_delete_passkey(
    authenticator: *const AuthnAuthenticator,
    record: AuthnBytes,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let (authenticator, record) = unsafe { (borrow(authenticator)?, lent(record)?) };
        Ok(authenticator.0.delete_passkey(record.to_vec())?)
    })
}

/// Notes what has become of a passkey at its site. `as_what` is an AuthnPasskeyMark.
///
/// # Safety
/// The authenticator lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_mark_passkey(
    authenticator: *const AuthnAuthenticator,
    record: AuthnBytes,
    as_what: u32,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let (authenticator, record) = unsafe { (borrow(authenticator)?, lent(record)?) };
        Ok(authenticator.0.mark_passkey(record.to_vec(), passkey_mark(as_what)?)?)
    })
}

/// Deletes every passkey. Ask their owner first; `verified` says whether they were verified just now, which they must be
/// where the program can. Ceremonies that are under way fail from then on.
///
/// # Safety
/// The authenticator lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_delete_everything(
    authenticator: *const AuthnAuthenticator,
    verified: bool,
) -> AuthnStatus {
    // SAFETY: the caller's promise.
    call(|| Ok(unsafe { borrow(authenticator) }?.0.delete_everything(verified)?))
}

fn bytes_of(passkey: &Passkey, field: AuthnPasskeyField) -> Option<&[u8]> {
    let details = passkey.details.as_ref();
    Some(match field {
        AuthnPasskeyField::Record => &passkey.record,
        AuthnPasskeyField::CredentialId => &details?.credential_id,
        AuthnPasskeyField::RpId => details?.rp_id.as_bytes(),
        AuthnPasskeyField::UserId => &details?.user.id,
        AuthnPasskeyField::UserName => details?.user.name.as_bytes(),
        AuthnPasskeyField::UserDisplayName => details?.user.display_name.as_bytes(),
        AuthnPasskeyField::Label => details?.label.as_deref()?.as_bytes(),
    })
}

fn number_of(passkey: &Passkey, field: AuthnPasskeyNumber) -> Option<i64> {
    let details = passkey.details.as_ref();
    match field {
        #[allow(clippy::as_conversions, reason = "reading the number of a C enumeration is what `as` is for")]
        AuthnPasskeyNumber::State => Some(AuthnPasskeyState::of(passkey.state) as i64),
        AuthnPasskeyNumber::Algorithm => Some(details?.algorithm),
        AuthnPasskeyNumber::Created => i64::try_from(details?.created?).ok(),
        AuthnPasskeyNumber::LastUsed => i64::try_from(details?.last_used?).ok(),
        AuthnPasskeyNumber::KeyHeldByProgram => Some(details?.key_held_by_app.into()),
    }
}
