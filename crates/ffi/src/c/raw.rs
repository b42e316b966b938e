//! The few things that are done with C's pointers. Null is checked here; that a pointer is not null and yet wrong cannot be,
//! and is what each caller's "Safety" is about.

use super::types::{AuthnBytes, AuthnStatus};
use std::slice;

/// The bytes that C lends for one call. No length is too short for a null pointer of length 0, which is "none".
///
/// # Safety
/// `bytes.data` is null, or valid for reads of `bytes.len` bytes that nobody writes to during `'a`.
pub(super) unsafe fn lent<'a>(bytes: AuthnBytes) -> Result<&'a [u8], AuthnStatus> {
    match (bytes.data.is_null(), bytes.len) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(AuthnStatus::NullPointer),
        // A slice longer than this would be undefined behaviour, and no such object exists.
        (false, len) if isize::try_from(len).is_err() => Err(AuthnStatus::Length),
        // SAFETY: not null and not too long, both just checked; valid for reads and unchanged for `'a` by this function's
        // own contract. Bytes have no alignment.
        (false, len) => Ok(unsafe { slice::from_raw_parts(bytes.data, len) }),
    }
}

/// Bytes that may be left out, which null says. Null with a length is a mistake and no way to leave them out.
///
/// # Safety
/// As for [`lent`].
pub(super) unsafe fn lent_or_none<'a>(bytes: AuthnBytes) -> Result<Option<&'a [u8]>, AuthnStatus> {
    // SAFETY: this function's contract is that of `lent`.
    let lent = unsafe { lent(bytes) }?;
    Ok((!bytes.data.is_null()).then_some(lent))
}

/// A list of numbers that C lends for one call. Null says that there is no list; one without numbers is a mistake.
///
/// # Safety
/// `data` is null, or aligned and valid for reads of `len` numbers that nobody writes to during `'a`.
pub(super) unsafe fn lent_numbers<'a>(data: *const i64, len: usize) -> Result<&'a [i64], AuthnStatus> {
    match (data.is_null(), len) {
        (true, 0) => Ok(&[]),
        (false, 0) => Err(AuthnStatus::Length),
        (true, _) => Err(AuthnStatus::NullPointer),
        (false, len) if len > MAX_NUMBERS => Err(AuthnStatus::Length),
        // SAFETY: not null and not too long, both just checked; aligned, valid and unchanged by this function's contract.
        (false, len) => Ok(unsafe { slice::from_raw_parts(data, len) }),
    }
}

/// More algorithms than this is no list of algorithms.
const MAX_NUMBERS: usize = 1024;

/// What a pointer of C's points to.
///
/// # Safety
/// `pointer` is null, or points to a `T` that lives and is not written to during `'a`.
pub(super) unsafe fn borrow<'a, T>(pointer: *const T) -> Result<&'a T, AuthnStatus> {
    // SAFETY: `as_ref` checks for null; the rest is this function's contract.
    unsafe { pointer.as_ref() }.ok_or(AuthnStatus::NullPointer)
}

/// Writes a value to a place of C's, which may not have held one before.
///
/// # Safety
/// `place` is null, or aligned and valid for the write of a `T`.
pub(super) unsafe fn put<T>(place: *mut T, value: T) -> Result<(), AuthnStatus> {
    if place.is_null() {
        return Err(AuthnStatus::NullPointer);
    }
    // SAFETY: not null, just checked; aligned and valid for the write by this function's contract.
    unsafe { place.write(value) };
    Ok(())
}

/// Makes a place of C's null, so that it holds nothing unless the call succeeds.
///
/// # Safety
/// As for [`put`].
pub(super) unsafe fn clear<T>(place: *mut *mut T) -> Result<(), AuthnStatus> {
    // SAFETY: this function's contract is that of `put`.
    unsafe { put(place, std::ptr::null_mut()) }
}

/// Gives an object to C, which is to hand it back to [`free`].
///
/// # Safety
/// As for [`put`].
pub(super) unsafe fn give<T>(place: *mut *mut T, object: T) -> Result<(), AuthnStatus> {
    // Looked at first: an object given to nowhere would never be freed.
    if place.is_null() {
        return Err(AuthnStatus::NullPointer);
    }
    // SAFETY: this function's contract is that of `put`.
    unsafe { put(place, Box::into_raw(Box::new(object))) }
}

/// Ends an object that [`give`] gave. Null is nothing to end.
///
/// # Safety
/// `pointer` is null, or came from [`give`] for the same `T`, was not freed before, and nothing borrows from it any more.
pub(super) unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: by this function's contract it is a box that `give` leaked, and this is its only owner.
        drop(unsafe { Box::from_raw(pointer) });
    }
}
