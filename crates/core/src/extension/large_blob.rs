//! largeBlob (CTAP 2.3 §12.4): bytes that a platform keeps with a credential, written and read by signing in with it. Where
//! there are such there is no array of large blobs, and no largeBlobKey (LBX-05).

use super::{AssertionExtensions, RegistrationExtensions};
use crate::context::Context;
use crate::error::{Error, LargeBlobError};
use crate::profile::Profile;
use crate::session::Turn;
use crate::standing::Standing;
use core::fmt;

/// How much a registration wants a large blob to go with the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeBlobSupport {
    /// Without one it is of no use.
    Required,
    /// It can do without.
    Preferred,
}

/// What a sign-in wants with the credential's large blob.
#[derive(Clone, Copy)]
pub enum LargeBlobRequest<'a> {
    /// To read it.
    Read,
    /// To put this in its place.
    Write {
        /// The bytes, compressed by the platform.
        blob: &'a [u8],
        /// How many they were before.
        original_size: u64,
    },
}

impl fmt::Debug for LargeBlobRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "Read",
            Self::Write { .. } => "Write",
        })
    }
}

/// What becomes of the large blob in a sign-in under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LargeBlobUse {
    /// Nothing.
    None,
    /// It is read.
    Read,
    /// What lies in the session's buffer takes its place; `None`: that was too long.
    Write(Option<Turn>),
}

/// Whether the credential can have a blob; `None`: nobody asked. Only a discoverable one can, as with largeBlobKey (LBX-01).
pub(super) fn registration(
    profile: &Profile,
    asked: &RegistrationExtensions<'_>,
    discoverable: bool,
) -> Result<Option<bool>, Error> {
    match asked.large_blob.filter(|_| profile.max_large_blob().is_some()) {
        Some(LargeBlobSupport::Required) if !discoverable => Err(LargeBlobError::NotDiscoverable.into()),
        asked => Ok(asked.map(|_| discoverable)),
    }
}

/// LBX-04: who writes names the credential, has its user there, and has verified the user if that can be done.
pub(crate) fn check_assertion(
    standing: &Standing<'_>,
    asked: &AssertionExtensions<'_>,
    is_named: bool,
    up: bool,
    verifies: bool,
) -> Result<(), Error> {
    let asked = asked.large_blob.filter(|_| standing.profile.max_large_blob().is_some());
    let Some(LargeBlobRequest::Write { .. }) = asked else { return Ok(()) };
    if !is_named {
        return Err(LargeBlobError::Unnamed.into());
    }
    if !up {
        return Err(LargeBlobError::WithoutPresence.into());
    }
    if standing.is_protected() && !verifies {
        return Err(standing.demand_verification_now());
    }
    Ok(())
}

/// Whether it is read.
pub(super) fn is_read(profile: &Profile, asked: &AssertionExtensions<'_>) -> bool {
    profile.max_large_blob().is_some() && matches!(asked.large_blob, Some(LargeBlobRequest::Read))
}

/// Takes what is to be written into the session's buffer.
pub(crate) fn at_sign_in(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    asked: &AssertionExtensions<'_>,
) -> LargeBlobUse {
    match (asked.large_blob, standing.profile.max_large_blob()) {
        (None, _) | (_, None) => LargeBlobUse::None,
        (Some(LargeBlobRequest::Read), _) => LargeBlobUse::Read,
        (Some(LargeBlobRequest::Write { blob, original_size }), Some(max)) => {
            let fits = blob.len() <= usize::from(max);
            let buffer = cx.session.large_blobs_mut();
            LargeBlobUse::Write(fits.then(|| buffer.take_blob(blob, original_size)).flatten())
        }
    }
}
