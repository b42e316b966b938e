//! Keys of the program's own that no passkey uses any more.

use super::call;
use super::raw::{borrow, clear, give, lent, put};
use super::types::{AuthnAuthenticator, AuthnBuffer, AuthnBytes, AuthnKeyNameKind, AuthnStatus};
use crate::upkeep::KeyName;

/// Gives the entry number `index`, from 0, of the list of keys that no passkey uses any more; AUTHN_STATUS_ABSENT when there is
/// none. Destroy the key, or all that it names, and give `record` to authn_key_destroyed: the entry is gone then and the next
/// one has its number, so ask for the same `index` again. Go on to the next only past an entry that stays. Ask when the store
/// has been opened, and after a ceremony that failed. `kind` is an AuthnKeyNameKind.
///
/// # Safety
/// The authenticator lives; `record`, `kind` and `name` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_unwanted_key(
    authenticator: *const AuthnAuthenticator,
    index: usize,
    record: *mut *mut AuthnBuffer,
    kind: *mut u32,
    name: *mut *mut AuthnBuffer,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let authenticator = unsafe {
            clear(record)?;
            clear(name)?;
            put(kind, 0)?;
            borrow(authenticator)?
        };
        let unwanted = authenticator.0.unwanted_keys()?.into_iter().nth(index).ok_or(AuthnStatus::Absent)?;
        let (names, bytes) = match unwanted.key {
            KeyName::Alias { alias } => (AuthnKeyNameKind::Alias, alias),
            KeyName::Handle { handle } => (AuthnKeyNameKind::Handle, handle),
            KeyName::AliasSuffix { suffix } => (AuthnKeyNameKind::AliasSuffix, suffix),
        };
        #[allow(clippy::as_conversions, reason = "reading the number of a C enumeration is what `as` is for")]
        let number = names as u32;
        // SAFETY: the caller's promise.
        unsafe {
            put(kind, number)?;
            give(record, AuthnBuffer(unwanted.record))?;
            give(name, AuthnBuffer(bytes))
        }
    })
}

/// The key of this entry is destroyed, or was never there. Saying so twice does no harm.
///
/// # Safety
/// The authenticator lives; the bytes are readable for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn authn_key_destroyed(
    authenticator: *const AuthnAuthenticator,
    record: AuthnBytes,
) -> AuthnStatus {
    call(|| {
        // SAFETY: the caller's promise.
        let (authenticator, record) = unsafe { (borrow(authenticator)?, lent(record)?) };
        Ok(authenticator.0.key_destroyed(record.to_vec())?)
    })
}
