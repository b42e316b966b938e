//! What mends a finding, one step each.

use super::{Trouble, doctor};
use crate::error::Error;
use authenticator_core::store::{RecordId, RecordKind, Store};
use authenticator_core::{Error as CoreError, Manage};
use authenticator_host::{Clock, Keys, World, blocking};
use rand_core::CryptoRng;

/// What mends one finding: one commit, made only on its owner's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// Remove a record that cannot be opened.
    Discard(RecordKind, RecordId),
    /// Write a passkey again, so that its site finds it.
    Rewrite(RecordId),
    /// Take the records there are for all there should be. What is missing stays missing.
    AcceptRecords,
    /// Delete a passkey, for what was found of it. The site still lists it.
    DeletePasskey(RecordId, Trouble),
    /// Remove the notes beside a passkey, its label among them.
    ForgetNotes(RecordId),
    /// Remove a record of the provider's own.
    RemoveHostRecord(RecordId),
    /// Take a registration for ended. Its key is to be destroyed then, which is a finding of its own.
    GiveUpKey(RecordId),
    /// Have the key backend destroy a key.
    DestroyKey(RecordId),
    /// Take a key for destroyed whose backend is not here to do so.
    ForgetKey(RecordId),
}

impl Repair {
    /// Mends what this was proposed for, after a fresh look at the store: if it is no longer found, nothing is changed and
    /// that is fine. `keys` is asked by [`DestroyKey`](Self::DestroyKey) alone.
    ///
    /// # Errors
    /// [`Error::Core`] when the store or the key backend fails; nothing has changed in the store then.
    pub fn apply<S: Store, R: CryptoRng, C: Clock>(
        self,
        world: &mut World<S, R, C>,
        keys: &mut impl Keys,
    ) -> Result<(), Error> {
        let found = doctor(world)?.diagnoses;
        if !found.iter().any(|diagnosis| diagnosis.repair == Some(self)) {
            return Ok(());
        }
        if let Self::DestroyKey(record) = self {
            let unwanted = world.unwanted_keys()?;
            if let Some((_, key)) = unwanted.iter().find(|(of, _)| *of == record) {
                keys.destroy(key).map_err(CoreError::from)?;
            }
        }
        match blocking::manage(world, self.change()) {
            // Another process was faster, or has changed what this was proposed for.
            Err(CoreError::NoSuchRecord | CoreError::RecordChanged) => Ok(()),
            result => Ok(result?),
        }
    }

    const fn change(self) -> Manage<'static> {
        match self {
            Self::Discard(kind, record) => Manage::Discard(kind, record),
            Self::Rewrite(record) => Manage::Rewrite(record),
            Self::AcceptRecords => Manage::AcceptRecords,
            // The one that took its place may go before this commit: then this one is in use again.
            Self::DeletePasskey(record, Trouble::SupersededPasskey) => Manage::DeleteSuperseded(record),
            // It may have signed in since.
            Self::DeletePasskey(record, Trouble::UnconfirmedPasskey) => Manage::DeleteUnconfirmed(record),
            Self::DeletePasskey(record, _) => Manage::Delete(record),
            Self::ForgetNotes(record) => Manage::SetHostData(record, &[]),
            Self::RemoveHostRecord(record) => Manage::RemoveHost(record),
            Self::GiveUpKey(record) => Manage::GiveUpKey(record),
            Self::DestroyKey(record) | Self::ForgetKey(record) => Manage::KeyDestroyed(record),
        }
    }

    /// Its name for programs, which stays what it is.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discard(..) => "discard",
            Self::Rewrite(_) => "rewrite",
            Self::AcceptRecords => "accept-records",
            Self::DeletePasskey(..) => "delete-passkey",
            Self::ForgetNotes(_) => "forget-notes",
            Self::RemoveHostRecord(_) => "remove-host-record",
            Self::GiveUpKey(_) => "give-up-key",
            Self::DestroyKey(_) => "destroy-key",
            Self::ForgetKey(_) => "forget-key",
        }
    }

    /// What it does, for a person.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Discard(RecordKind::Credential, _) => {
                "removes the record; the passkey is lost, and its site still lists it"
            }
            Self::Discard(..) => "removes the record",
            Self::Rewrite(_) => "writes the passkey again, so that its site finds it",
            Self::AcceptRecords => {
                "takes the records that are here for all of them; what is missing stays missing"
            }
            Self::DeletePasskey(..) => "deletes the passkey; its site still lists it",
            Self::ForgetNotes(_) => "removes the notes; the passkey stays as it is",
            Self::RemoveHostRecord(_) => "removes what was saved",
            Self::GiveUpKey(_) => "takes the registration for ended; its key is to be destroyed then",
            Self::DestroyKey(_) => "destroys the key",
            Self::ForgetKey(_) => "takes the key for destroyed; where it still is, it stays",
        }
    }
}
