//! The host's own changes to a credential. No client can ask for them: they have no bytes on any wire.

use crate::commit::Work;
use crate::context::Context;
use crate::error::Error;
use crate::step::{NeedsCommit, Step};
use crate::store::RecordId;
use core::fmt;
use heapless::Vec;

/// A change the host makes to a credential on its user's behalf. Whether to ask the user first is the host's business.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Manage<'a> {
    /// Delete it, readable or not. The site still lists it: say so to the user.
    Delete(RecordId),
    /// Replace what the host keeps in its record, at most [`MAX_HOST_DATA`](crate::credential::MAX_HOST_DATA) bytes.
    SetHostData(RecordId, &'a [u8]),
}

impl fmt::Debug for Manage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delete(_) => "Delete",
            Self::SetHostData(..) => "SetHostData",
        })
    }
}

pub(super) fn begin(cx: &mut Context<'_>, change: &Manage<'_>) -> Result<Step, Error> {
    let work = match *change {
        Manage::Delete(record) => Work::Delete(record),
        Manage::SetHostData(record, bytes) => {
            let host_data = Vec::from_slice(bytes).map_err(|_| Error::Capacity)?;
            Work::SetHostData { record, host_data }
        }
    };
    NeedsCommit::begin(cx, work)
}
