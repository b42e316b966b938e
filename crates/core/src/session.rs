//! The RAM state of one endpoint: a CTAP channel group, or one ceremony of a provider.

mod large_blobs;
mod remembered;
mod under_way;

pub(crate) use large_blobs::{CredentialBlob, LargeBlobBuffer, Staged, Turn};
pub(crate) use remembered::{Basis, Continuation, Enumeration, Listing, Remembered, Series};
pub(crate) use under_way::{NewCredential, Ticket, UnderWay};

use crate::command::sign_count::{Reserve, Whose};
use crate::extension::hmac_secret::HeldSalts;
use crate::pin::PinSession;
use crate::profile::Transport;
use crate::secret::Secret;
use crate::store::{ChangeSet, CommitId, DeviceKeys, Header, RecordId, StoreKeys};
use crate::time::{Now, Window};
use crate::user::Requester;
use core::cell::Cell;
use core::fmt;
use core::time::Duration;

/// The RAM state of one endpoint. Power-up makes a new one; dropping it is a loss of power.
///
/// Sessions share nothing but the store, and each runs one command at a time.
pub struct Session {
    powered_up: Now,
    transport: Option<Transport>,
    /// Of the store that was read last; of no meaning before one was. It holds keys, so it is filled where it lies.
    generation: Generation,
    opened: bool,
    pub(crate) pin: PinSession,
    /// What the last command can be continued with.
    continuation: Option<Continuation>,
    changes: ChangeSet,
    damaged: Cell<u32>,
    pub(crate) under_way: UnderWay,
    /// What secrets are wanted for, in place as the secret under which they came.
    pub(crate) salts: HeldSalts,
    /// Counter values this session may sign: those of the credential used last, and of the shared counter.
    reserves: [Option<Reserve>; 2],
    large_blobs: LargeBlobBuffer,
}

struct Generation {
    secret: Secret<32>,
    keys: StoreKeys,
    auth_epoch: u64,
}

impl Session {
    /// An endpoint that has just been powered up.
    #[must_use]
    pub const fn new(now: Now) -> Self {
        Self {
            powered_up: now,
            transport: None,
            generation: Generation { secret: Secret::new([0; 32]), keys: StoreKeys::empty(), auth_epoch: 0 },
            opened: false,
            pin: PinSession::new(),
            continuation: None,
            changes: ChangeSet::empty(),
            damaged: Cell::new(0),
            under_way: UnderWay::new(),
            salts: HeldSalts::none(),
            reserves: [None; 2],
            large_blobs: LargeBlobBuffer::new(),
        }
    }

    /// Says over which transport this endpoint is. Where a profile allows reset over some transports only, one that has not
    /// been told is none of them.
    pub const fn over(&mut self, transport: Transport) {
        self.transport = Some(transport);
    }

    /// What [`over`](Self::over) has said.
    #[must_use]
    pub const fn transport(&self) -> Option<Transport> {
        self.transport
    }

    /// Stages a host record for the registration that is begun next: its change set will require the record to be there
    /// ([`Error::CeremonyUsed`](crate::Error::CeremonyUsed) if it is not) and remove it together with writing the
    /// credential. Every other command but [`Manage`](crate::Manage) forgets it. Call it again before the registration is
    /// begun again.
    ///
    /// A credential that is not discoverable is never written, so nothing is removed with it.
    pub const fn use_up(&mut self, record: RecordId) {
        self.under_way.stage(record, true);
    }

    /// Like [`use_up`](Self::use_up), for a host record that may be written while the registration is under way: it is
    /// required and removed from [`host_record_written`](Self::host_record_written) on.
    pub const fn use_up_once_written(&mut self, record: RecordId) {
        self.under_way.stage(record, false);
    }

    /// The record is there now: the registration for which it was staged must use it up. Without one nothing changes.
    pub fn host_record_written(&mut self, record: RecordId) {
        self.under_way.host_record_written(record);
    }

    /// A command of a client begins. The secrets of the one before it are wiped, unless it goes on with that.
    pub(crate) fn begin_command(&mut self, goes_on: bool) {
        self.under_way.begin();
        if !goes_on {
            self.end_exchange();
        }
    }

    /// Wipes the secret shared with a platform, and what came under it.
    pub(crate) fn end_exchange(&mut self) {
        self.pin.end_exchange();
        self.salts.clear();
    }

    /// The epoch of the header that was read last.
    pub(crate) fn auth_epoch(&self) -> u64 {
        self.generation.auth_epoch
    }

    pub(crate) const fn reserves(&mut self) -> &mut [Option<Reserve>; 2] {
        &mut self.reserves
    }

    /// Values that have been reserved. Those of another credential are skipped.
    pub(crate) const fn adopt_reserve(&mut self, reserve: Reserve) {
        let [of_a_credential, shared] = &mut self.reserves;
        let place = match reserve.whose() {
            Whose::Credential(_) => of_a_credential,
            Whose::Shared => shared,
        };
        *place = Some(reserve);
    }

    /// How often this session has met a record that it could not open. One record met twice counts twice.
    #[must_use]
    pub const fn damaged(&self) -> u32 {
        self.damaged.get()
    }

    /// The change set with this id, unless another has taken its place.
    pub(crate) fn changes(&self, id: CommitId) -> Option<&ChangeSet> {
        Some(&self.changes).filter(|changes| changes.id() == id)
    }

    pub(crate) const fn damage(&self) -> &Cell<u32> {
        &self.damaged
    }

    pub(crate) fn keys(&self) -> Option<&StoreKeys> {
        self.opened.then_some(&self.generation.keys)
    }

    pub(crate) const fn changes_mut(&mut self) -> &mut ChangeSet {
        &mut self.changes
    }

    pub(crate) fn keys_and_changes(&mut self) -> Option<(&StoreKeys, &mut ChangeSet)> {
        self.opened.then_some((&self.generation.keys, &mut self.changes))
    }

    /// What a change set is drafted with, and the large blobs that go into it.
    pub(crate) fn drafting_large_blobs(&mut self) -> Option<(&StoreKeys, &mut ChangeSet, &LargeBlobBuffer)> {
        self.opened.then_some((&self.generation.keys, &mut self.changes, &self.large_blobs))
    }

    /// What a vault is made of, and where the large blobs go that are read out of it.
    pub(crate) fn reading_large_blobs(&mut self) -> Option<(&StoreKeys, &Cell<u32>, &mut LargeBlobBuffer)> {
        self.opened.then_some((&self.generation.keys, &self.damaged, &mut self.large_blobs))
    }

    pub(crate) const fn large_blobs(&self) -> &LargeBlobBuffer {
        &self.large_blobs
    }

    pub(crate) const fn large_blobs_mut(&mut self) -> &mut LargeBlobBuffer {
        &mut self.large_blobs
    }

    /// Takes the keys of the generation that `header` names. Another generation means that someone has reset the store,
    /// another epoch that what anyone was authenticated for has ended: what this endpoint remembers is of the past then
    /// (ST-08).
    pub(crate) fn adopt(&mut self, device: &DeviceKeys, header: &Header) {
        let generation = &mut self.generation;
        let is_another = !self.opened || !generation.secret.equals(header.generation_secret.expose());
        if is_another {
            generation.secret.expose_mut().copy_from_slice(header.generation_secret.expose());
            device.store_keys(&header.generation_secret, &mut generation.keys);
            self.opened = true;
            self.pin.restart();
        }
        if is_another || generation.auth_epoch != header.auth_epoch {
            generation.auth_epoch = header.auth_epoch;
            self.continuation = None;
            self.pin.forget();
        }
    }

    /// Whether reset may still come, `length` after power-up at the latest (RST-01). A session may be younger than that: a
    /// process that starts again, or one more endpoint, is no power-up. When that was the clock since boot says; that it
    /// has not been set back, the session.
    pub(crate) fn within_power_up(&self, length: Duration, now: Now) -> bool {
        now.since_boot <= length && Window::open(self.powered_up, length).contains(now)
    }

    /// Leaves this for the next command.
    pub(crate) fn leave(&mut self, continuation: Option<Continuation>) {
        self.continuation = continuation;
    }

    /// Every command discards what the one before it has left (ST-07); the matching continuation takes it up again.
    pub(crate) fn take_continuation(&mut self, requester: Requester, now: Now) -> Option<Continuation> {
        let continuation = self.continuation.take()?;
        continuation.may_go_on(requester, &mut self.pin.token, now).then_some(continuation)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("damaged", &self.damaged.get()).finish_non_exhaustive()
    }
}
