//! What the command under way keeps beside its steps, which have no room for it.

use crate::credential::{RpId, UserEntity};
use crate::error::Error;
use crate::extension::Extended;
use crate::store::RecordId;

/// Ties a command's steps to what is kept here for them, and to no later command's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u32);

pub(crate) struct UnderWay {
    /// How many commands were begun.
    begun: u32,
    /// The host record that the next command is to use up, if that is a registration.
    staged: Option<HostRecord>,
    /// That of the command under way.
    ceremony: Option<HostRecord>,
    new: Option<NewCredential>,
}

/// A host record, and whether it has been written: before that there is nothing to use up.
#[derive(Clone, Copy)]
struct HostRecord {
    id: RecordId,
    written: bool,
}

/// What the record of a new credential will hold beside what its steps carry.
#[derive(Clone)]
pub(crate) struct NewCredential {
    pub(crate) rp_id: RpId,
    pub(crate) user: UserEntity,
    pub(crate) extended: Extended,
}

impl UnderWay {
    pub(super) const fn new() -> Self {
        Self { begun: 0, staged: None, ceremony: None, new: None }
    }

    /// A command begins, and whatever was under way before has lost what was kept for it.
    pub(super) fn begin(&mut self) {
        self.begun = self.begun.wrapping_add(1);
        self.ceremony = self.staged.take();
        self.new = None;
    }

    /// That of the command under way.
    pub(crate) const fn ticket(&self) -> Ticket {
        Ticket(self.begun)
    }

    pub(super) const fn stage(&mut self, id: RecordId, written: bool) {
        self.staged = Some(HostRecord { id, written });
    }

    pub(super) fn host_record_written(&mut self, id: RecordId) {
        [&mut self.staged, &mut self.ceremony]
            .into_iter()
            .flatten()
            .filter(|record| record.id == id)
            .for_each(|record| record.written = true);
    }

    /// The record that the registration with this ticket is to use up; `Ok(None)`: none was staged, or it was never written.
    pub(crate) fn to_use_up(&self, ticket: Ticket) -> Result<Option<RecordId>, Error> {
        self.check(ticket)?;
        Ok(self.ceremony.filter(|record| record.written).map(|record| record.id))
    }

    /// Keeps what the record of a new credential will hold.
    pub(crate) fn keep(&mut self, ticket: Ticket, new: NewCredential) -> Result<(), Error> {
        self.check(ticket)?;
        self.new = Some(new);
        Ok(())
    }

    /// What [`keep`](Self::keep) has kept.
    pub(crate) fn kept(&mut self, ticket: Ticket) -> Result<&mut NewCredential, Error> {
        self.check(ticket)?;
        self.new.as_mut().ok_or(Error::CeremonyUsed)
    }

    /// Once another command was begun nothing is known of the ceremony any more.
    fn check(&self, ticket: Ticket) -> Result<(), Error> {
        if ticket.0 == self.begun { Ok(()) } else { Err(Error::CeremonyUsed) }
    }
}
