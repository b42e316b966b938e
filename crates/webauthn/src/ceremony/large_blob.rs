//! `largeBlob` in a sign-in (WebAuthn L3 §10.1.5): the site's bytes lie with the credential, or in the array of large blobs,
//! where this host is the platform that keeps them.

use std::fmt;

use authenticator_core::credential::{CredentialId, RpIdHash};
use authenticator_core::{
    ArrayMark, Asserted, Context, Error as AuthenticatorError, LargeBlobOutput,
    LargeBlobRequest as CoreRequest, LargeBlobStorage, Manage, Profile, Secret, leaving_no_trace,
};
use zeroize::Zeroizing;

use crate::base64url::Base64Url;
use crate::capabilities::keeps_large_blobs;
use crate::deflate::{compress, inflate};
use crate::error::Error;
use crate::large_blob_array::LargeBlobArray;
use crate::options::LargeBlobRequest;
use crate::response::{LargeBlobResult, ResponseJson};

/// How a sign-in goes on once its command has ended.
#[derive(Debug)]
#[must_use = "the response is in here, or what it waits for"]
pub enum Ending {
    /// `AuthenticationResponseJSON`.
    Response(ResponseJson),
    /// The site's bytes are to be written first.
    NeedsWrite(Box<LargeBlobWrite>),
}

/// A sign-in whose site has sent bytes to be kept in the array of large blobs. The host makes the
/// [`change`](Self::change), and [`resume`](Self::resume)s with what it came to.
///
/// The assertion is valid whatever becomes of it. Dropped, it leaves the array as it was.
#[must_use = "without it the site has no response"]
pub struct LargeBlobWrite {
    put: Box<Put>,
    read: ArrayMark,
    array: Vec<u8>,
    attempt: u8,
    responses: Responses,
}

/// What is put into the array, whichever that is by then.
struct Put {
    rp_id_hash: RpIdHash,
    credential_id: CredentialId,
    key: Secret<32>,
    blob: Base64Url,
    max: usize,
    verified: bool,
}

/// What the site is answered, the bytes being written or not.
struct Responses {
    written: ResponseJson,
    unwritten: ResponseJson,
}

/// Where the flags stand in the authenticator data, and which of them says that the user was verified.
const FLAGS: usize = 32;
const UV: u8 = 0x04;

/// How often the array is read and written again because another process has written it meanwhile.
const MAX_ATTEMPTS: u8 = 8;

impl LargeBlobWrite {
    /// What the host is to change: the array, with the site's bytes among it, in the place of the one that was read.
    #[must_use]
    pub fn change(&self) -> Manage<'_> {
        Manage::ReplaceLargeBlobs { read: self.read, array: &self.array }
    }

    /// Goes on with what became of the change. Where another array had come meanwhile, the bytes are put into that one, at
    /// most eight times and only while the credential is there; whatever else fails is no error, and the response says so.
    pub fn resume(self: Box<Self>, cx: &mut Context<'_>, result: Result<(), AuthenticatorError>) -> Ending {
        match result {
            Ok(()) => Ending::Response(self.responses.written),
            Err(AuthenticatorError::RecordChanged) if self.attempt < MAX_ATTEMPTS => self.again(cx),
            // A commit in doubt may have taken effect.
            Err(_) if self.is_there(cx) => Ending::Response(self.responses.written),
            Err(_) => Ending::Response(self.responses.unwritten),
        }
    }

    /// Whether the array is the one that was to be written. Its nonce nobody else has drawn.
    fn is_there(&self, cx: &mut Context<'_>) -> bool {
        cx.large_blob_array().is_ok_and(|(found, _)| found == self.array)
    }

    fn begin(cx: &mut Context<'_>, put: Box<Put>, responses: Responses) -> Ending {
        match put.among(cx) {
            Some((read, array)) => {
                Ending::NeedsWrite(Box::new(Self { put, read, array, attempt: 1, responses }))
            }
            None => Ending::Response(responses.unwritten),
        }
    }

    fn again(mut self: Box<Self>, cx: &mut Context<'_>) -> Ending {
        let Some((read, array)) = self.put.among(cx) else {
            return Ending::Response(self.responses.unwritten);
        };
        (self.read, self.array, self.attempt) = (read, array, self.attempt.saturating_add(1));
        Ending::NeedsWrite(self)
    }
}

impl Put {
    /// `None`: the authenticator data are none.
    fn new(asserted: &Asserted, key: &Secret<32>, blob: Base64Url, max: u16) -> Option<Box<Self>> {
        let auth_data = asserted.auth_data.as_slice();
        let rp_id_hash = auth_data.first_chunk().copied().map(RpIdHash)?;
        let credential_id = asserted.credential_id.clone();
        let (max, verified) = (max.into(), auth_data.get(FLAGS)? & UV != 0);
        // From then on the key stays where it is.
        let copied = || Box::new(Self { rp_id_hash, credential_id, key: key.clone(), blob, max, verified });
        Some(leaving_no_trace(copied))
    }

    /// The array that is there now with the blob in it, and the mark of the one without. `None`: it is not to be written.
    fn among(&self, cx: &mut Context<'_>) -> Option<(ArrayMark, Vec<u8>)> {
        let (found, read) = cx.large_blob_array().ok()?;
        let found = found.to_vec();
        let array = LargeBlobArray::parse(&found).ok()?.put(self.blob.as_bytes(), &self.key, cx.rng)?;
        // Looked at last: no array is replaced that was read before a reset, or before there was a PIN (LB-05).
        let is_allowed = self.verified || !cx.is_protected().ok()?;
        let is_known = cx.vault().ok()?.knows(&self.rp_id_hash, self.credential_id.as_slice()).ok()?;
        (is_allowed && is_known && array.len() <= self.max).then_some((read, array))
    }
}

impl fmt::Debug for LargeBlobWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LargeBlobWrite").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// What a sign-in does with the credential's large blob.
#[derive(Clone)]
pub(super) enum LargeBlob {
    /// It was not asked anything.
    Unasked,
    /// Nothing, and it says so.
    Nothing,
    /// Nothing, where something was to be written.
    Unwritable,
    /// Reads it.
    Read,
    /// Has it written with the credential.
    IntoCredential { compressed: Zeroizing<Vec<u8>>, original_size: u64 },
    /// Writes it into the array, of this length at most.
    IntoArray { blob: Base64Url, max: u16 },
}

/// Whether the site has sent bytes to be kept, and there can be any. Who can be verified is verified for that (LB-05, LBX-04).
pub(super) fn can_write(asked: Option<&LargeBlobRequest>, profile: &Profile) -> bool {
    matches!(asked, Some(LargeBlobRequest::Write(_))) && keeps_large_blobs(profile)
}

impl LargeBlob {
    /// `verifies`: the user will have been verified.
    pub(super) fn prepare(
        asked: Option<LargeBlobRequest>,
        verifies: bool,
        cx: &mut Context<'_>,
    ) -> Result<Self, Error> {
        let profile = cx.authenticator.profile();
        let (storage, keeps) = (profile.large_blobs, keeps_large_blobs(profile));
        let blob = match asked {
            None => return Ok(Self::Unasked),
            Some(LargeBlobRequest::Read) => return Ok(if keeps { Self::Read } else { Self::Nothing }),
            Some(LargeBlobRequest::Write(blob)) => blob,
        };
        let is_allowed = keeps && (verifies || !cx.is_protected()?);
        Ok(match storage {
            LargeBlobStorage::Array { max } if is_allowed => Self::IntoArray { blob, max },
            LargeBlobStorage::PerCredential { .. } if is_allowed => {
                let original_size = u64::try_from(blob.as_bytes().len()).unwrap_or(u64::MAX);
                match compress(blob.as_bytes()) {
                    Some(compressed) => Self::IntoCredential { compressed, original_size },
                    None => Self::Unwritable,
                }
            }
            _ => Self::Unwritable,
        })
    }

    /// What the command is to do with the credential's own blob, where there are such.
    pub(super) fn of_credential(&self) -> Option<CoreRequest<'_>> {
        match self {
            Self::Read => Some(CoreRequest::Read),
            Self::IntoCredential { compressed, original_size } => {
                Some(CoreRequest::Write { blob: compressed, original_size: *original_size })
            }
            Self::Unasked | Self::Nothing | Self::Unwritable | Self::IntoArray { .. } => None,
        }
    }

    /// Whether the command is to give the key of the credential's entry in the array, where there is one.
    pub(super) const fn wants_key(&self) -> bool {
        matches!(self, Self::Read | Self::IntoArray { .. })
    }

    /// Reads or writes what the command has not, and has the response written.
    pub(super) fn end(
        self,
        cx: &mut Context<'_>,
        asserted: &Asserted,
        respond: impl Fn(Option<LargeBlobResult<'_>>) -> ResponseJson,
    ) -> Ending {
        let read =
            |blob: Option<&[u8]>| respond(Some(LargeBlobResult { blob, ..LargeBlobResult::default() }));
        let wrote =
            |written| respond(Some(LargeBlobResult { written: Some(written), ..LargeBlobResult::default() }));
        Ending::Response(match self {
            Self::Unasked => respond(None),
            Self::Nothing => read(None),
            Self::Unwritable => wrote(false),
            Self::Read => read(found(cx, asserted).as_ref().map(|blob| blob.as_slice())),
            Self::IntoCredential { .. } => {
                wrote(matches!(asserted.large_blob, Some(LargeBlobOutput::Written(true))))
            }
            Self::IntoArray { blob, max } => {
                let responses = Responses { written: wrote(true), unwritten: wrote(false) };
                let key = asserted.large_blob_key.as_ref();
                match key.and_then(|key| Put::new(asserted, key, blob, max)) {
                    Some(put) => return LargeBlobWrite::begin(cx, put, responses),
                    None => responses.unwritten,
                }
            }
        })
    }
}

/// The credential's blob, wherever it is. One that cannot be read, or that another command has driven out of the session
/// meanwhile, is none, and no reason to fail a sign-in.
fn found(cx: &mut Context<'_>, asserted: &Asserted) -> Option<Zeroizing<Vec<u8>>> {
    if let Some(LargeBlobOutput::Read(stored)) = &asserted.large_blob {
        let (compressed, original_size) = stored.read(cx.session)?;
        return inflate(compressed, original_size);
    }
    let key = asserted.large_blob_key.as_ref()?;
    let (array, _) = cx.large_blob_array().ok()?;
    LargeBlobArray::parse(array).ok()?.blob(key)
}

#[cfg(test)]
mod tests;
