//! authenticatorLargeBlobs (CTAP 2.3 §6.10): one array of bytes for all clients, read and written in fragments. What is in it
//! is theirs to know (LB-09).

use super::PinUvAuth;
use super::authorise::{authorise_with, required_param};
use crate::commit::{ArrayMark, ArrayWrite, Authority, Work};
use crate::context::Context;
use crate::error::{Error, LargeBlobError, RequestError};
use crate::pin::Permissions;
use crate::profile::Profile;
use crate::reply::{LargeBlobFragment, Reply};
use crate::session::{Basis, Continuation, Staged};
use crate::standing::Standing;
use crate::step::{NeedsCommit, Step};
use crate::store::Header;
use crate::user::Requester;
use core::fmt;
use sha2::{Digest, Sha256};

/// A request to read or to write a fragment of the array.
#[derive(Clone, Copy, Default)]
pub struct LargeBlobs<'a> {
    /// `get`: how many bytes to read.
    pub get: Option<u64>,
    /// `set`: bytes to write.
    pub set: Option<&'a [u8]>,
    /// `offset`: where in the array.
    pub offset: Option<u64>,
    /// `length`: of the array whose first fragment this is.
    pub length: Option<u64>,
    /// The PIN/UV auth members.
    pub pin_uv_auth: PinUvAuth<'a>,
}

impl fmt::Debug for LargeBlobs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LargeBlobs")
            .field("get", &self.get)
            .field("set", &self.set.map(<[u8]>::len))
            .field("offset", &self.offset)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// How much of a SHA-256 an array ends with (LB-07).
const CHECKSUM: usize = 16;

/// The shortest array: an empty one of CBOR, and its checksum (LB-04).
const SHORTEST: u64 = 17;

/// What the message that pinUvAuthParam authenticates begins with (LB-05).
const MESSAGE_HEAD: [u8; 34] = {
    let mut head = [0xFF; 34];
    head[32] = 0x0C;
    head[33] = 0x00;
    head
};

pub(super) fn begin(
    cx: &mut Context<'_>,
    request: &LargeBlobs<'_>,
    requester: Requester,
    staged: Option<Staged>,
) -> Result<Step, Error> {
    let (header, standing) = cx.standing()?;
    if !standing.profile.has_large_blob_array() {
        return Err(RequestError::UnknownCommand.into()); // GEN-03
    }
    let offset = request.offset.ok_or(Error::InvalidParameter)?; // LB-02
    match (request.get, request.set) {
        (Some(count), None) => get(cx, standing.profile, request, offset, count),
        (None, Some(fragment)) => {
            let set = Set { request, fragment, offset, requester };
            set.begin(cx, &header, &standing, staged)
        }
        _ => Err(Error::InvalidParameter),
    }
}

/// LB-03.
fn get(
    cx: &mut Context<'_>,
    profile: &Profile,
    request: &LargeBlobs<'_>,
    offset: u64,
    count: u64,
) -> Result<Step, Error> {
    let PinUvAuth { param, protocol } = request.pin_uv_auth;
    if request.length.is_some() || param.is_some() || protocol.is_some() {
        return Err(Error::InvalidParameter);
    }
    if count > u64::from(profile.max_fragment()) {
        return Err(LargeBlobError::FragmentTooLong.into());
    }
    let (turn, length) = cx.read_large_blobs()?;
    let left = u64::from(length).checked_sub(offset).ok_or(Error::InvalidParameter)?;
    // What is left of the array fits a u16, and so does where it begins.
    let (offset, count) = (u16::try_from(offset), u16::try_from(left.min(count)));
    let (offset, count) = (offset.map_err(|_| Error::Capacity)?, count.map_err(|_| Error::Capacity)?);
    Ok(Step::success(Reply::LargeBlobs(LargeBlobFragment::new(turn, offset, count))))
}

/// A fragment to be written.
struct Set<'a> {
    request: &'a LargeBlobs<'a>,
    fragment: &'a [u8],
    offset: u64,
    requester: Requester,
}

impl Set<'_> {
    /// LB-04 to LB-08. A fragment that is refused ends its sequence, so that the next begins anew (ST-07).
    fn begin(
        &self,
        cx: &mut Context<'_>,
        header: &Header,
        standing: &Standing<'_>,
        staged: Option<Staged>,
    ) -> Result<Step, Error> {
        if self.fragment.len() > usize::from(standing.profile.max_fragment()) {
            return Err(LargeBlobError::FragmentTooLong.into());
        }
        let sequence = match (self.offset, self.request.length) {
            (0, length) => Sequence::Begun(self.whole_length(standing.profile, length)?),
            (_, Some(_)) => return Err(Error::InvalidParameter),
            (_, None) => {
                let buffer = cx.session.large_blobs();
                let staged = staged.filter(|staged| staged.is_of(header) && staged.lies_in(buffer));
                let staged = staged.filter(|staged| staged.awaits(self.offset));
                Sequence::GoesOn(staged.ok_or(LargeBlobError::OutOfSequence)?)
            }
        };
        let token = self.authorise(cx, standing)?;
        if self.end() > u64::from(sequence.length()) {
            return Err(Error::InvalidParameter); // LB-06
        }
        let staged = match sequence {
            Sequence::Begun(length) => {
                let basis = Basis::new(self.requester, cx.now).in_epoch(header.auth_epoch).by_token(token);
                Staged::begun(cx.session.large_blobs_mut().take(), length, basis)
            }
            Sequence::GoesOn(staged) => staged,
        };
        let staged = staged.extended(cx.session.large_blobs_mut(), self.fragment, cx.now)?;
        if !staged.is_complete() {
            cx.session.leave(Some(Continuation::LargeBlobs(staged)));
            return Ok(Step::success(Reply::Empty));
        }
        let array = cx.session.large_blobs().array(staged.turn, staged.length).ok_or(Error::Capacity)?;
        if !ends_with_its_checksum(array) {
            return Err(LargeBlobError::Broken.into()); // LB-07
        }
        let write = ArrayWrite::new(staged.turn, staged.length, Authority::Epoch(header.auth_epoch));
        NeedsCommit::begin(cx, Work::WriteArray(write))
    }

    /// LB-04: how long the array whose first fragment this is will be.
    fn whole_length(&self, profile: &Profile, length: Option<u64>) -> Result<u16, Error> {
        let length = length.ok_or(Error::InvalidParameter)?;
        if length > u64::from(profile.max_large_blob_array().unwrap_or_default()) {
            return Err(LargeBlobError::Full.into());
        }
        if length < SHORTEST {
            return Err(Error::InvalidParameter);
        }
        u16::try_from(length).map_err(|_| Error::Capacity)
    }

    /// LB-05: the serial number of the token that authorises this, where one must.
    fn authorise(&self, cx: &mut Context<'_>, standing: &Standing<'_>) -> Result<Option<u32>, Error> {
        if !standing.is_protected() && !standing.always_uv() {
            return Ok(None);
        }
        let param = required_param(standing, &self.request.pin_uv_auth, true)?;
        // An offset that does not fit was out of sequence.
        let offset = u32::try_from(self.offset).map_err(|_| Error::Capacity)?.to_le_bytes();
        let message: [&[u8]; 3] = [&MESSAGE_HEAD, &offset, &Sha256::digest(self.fragment)];
        authorise_with(cx, param, &message, Permissions::LARGE_BLOB_WRITE)?;
        Ok(Some(cx.session.pin.token.serial()))
    }

    /// Where the fragment ends.
    fn end(&self) -> u64 {
        let length = u64::try_from(self.fragment.len()).unwrap_or(u64::MAX);
        self.offset.saturating_add(length)
    }
}

/// The fragments to which this one belongs.
enum Sequence {
    /// It is the first of an array of this length (LB-08).
    Begun(u16),
    GoesOn(Staged),
}

impl Sequence {
    const fn length(&self) -> u16 {
        match self {
            Self::Begun(length) => *length,
            Self::GoesOn(staged) => staged.length,
        }
    }
}

/// The host, which is its own platform, puts an array in the place of the one that it has read.
pub(super) fn replace(cx: &mut Context<'_>, read: ArrayMark, array: &[u8]) -> Result<Work, Error> {
    let max = cx.authenticator.profile().max_large_blob_array().ok_or(RequestError::UnknownCommand)?;
    let length = u16::try_from(array.len()).ok().filter(|length| *length <= max);
    let length = length.ok_or(LargeBlobError::Full)?;
    if u64::from(length) < SHORTEST || !ends_with_its_checksum(array) {
        return Err(LargeBlobError::Broken.into());
    }
    let buffer = cx.session.large_blobs_mut();
    let turn = buffer.take();
    buffer.write(turn, 0, array).ok_or(Error::Capacity)?;
    Ok(Work::WriteArray(ArrayWrite::new(turn, length, Authority::Unchanged(read))))
}

fn ends_with_its_checksum(array: &[u8]) -> bool {
    array.split_last_chunk::<CHECKSUM>().is_some_and(|(content, checksum)| {
        Sha256::digest(content).first_chunk::<CHECKSUM>() == Some(checksum)
    })
}

#[cfg(test)]
mod tests;
