//! What every transition is given: nothing is remembered anywhere else.

use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::session::Session;
use crate::store::{CommitId, CommitKind, Draft, Header, Lookup, Vault};
use crate::time::Now;
use core::fmt;
use rand_core::CryptoRng;

/// The world as one transition sees it. The same context and the same answers give the same bytes.
pub struct Context<'a> {
    /// What the authenticator is.
    pub authenticator: &'a Authenticator,
    /// The endpoint's RAM state.
    pub session: &'a mut Session,
    /// The store, to read.
    pub store: &'a dyn Lookup,
    /// Randomness.
    pub rng: &'a mut dyn CryptoRng,
    /// The clocks.
    pub now: Now,
}

impl Context<'_> {
    /// A view of the store's credentials.
    ///
    /// # Errors
    /// [`Error::StoreEmpty`], [`Error::StoreUnreadable`], [`Error::StoreNewer`] or [`Error::Store`].
    pub fn vault(&mut self) -> Result<Vault<'_>, Error> {
        let header = self.open()?;
        self.opened_vault(header.generation)
    }

    /// Reads the header and makes sure that the session's keys are those of today's generation.
    pub(crate) fn open(&mut self) -> Result<Header, Error> {
        let header = Header::load(self.store, &self.authenticator.device)?;
        self.session.adopt(&self.authenticator.device, &header);
        Ok(header)
    }

    /// A view of the generation that [`Self::open`] has just found.
    pub(crate) fn opened_vault(&self, generation: u64) -> Result<Vault<'_>, Error> {
        let keys = self.session.keys().ok_or(Error::StoreReset)?;
        Ok(Vault::new(self.store, keys, generation, self.session.damage()))
    }

    /// Drafts a change set on `header` in the session's buffer.
    pub(crate) fn draft(
        &mut self,
        kind: CommitKind,
        id: CommitId,
        header: Header,
    ) -> Result<Draft<'_>, Error> {
        let (keys, changes) = self.session.keys_and_changes().ok_or(Error::StoreReset)?;
        Draft::begin(kind, id, header, keys, self.rng, changes)
    }

    /// Sixteen random bytes, for ids.
    pub(crate) fn random_id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        id
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("now", &self.now).finish_non_exhaustive()
    }
}
