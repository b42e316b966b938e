//! The credentials that clients may manage: discoverable ones that can be used (CM-12), superseded ones among them.

use super::{Entry, Index, Listed, StoreError, Vault};
use crate::credential::{Credential, RpIdHash};
use crate::extension::{Derivation, large_blob_key};
use crate::secret::Secret;
use core::ops::ControlFlow;

type Visit<'a> = &'a mut dyn FnMut(&Credential) -> ControlFlow<()>;

impl Vault<'_> {
    /// Whether clients may see it in their lists. Where this changes, or what they see there, the commit says so
    /// ([`Draft::credentials_change`](super::Draft::credentials_change)).
    pub(crate) fn is_managed(&self, credential: &Credential) -> bool {
        credential.discoverable && self.is_usable(credential)
    }

    /// How many there are. It opens every credential.
    pub(crate) fn count_managed(&self) -> Result<u32, StoreError> {
        let mut count = 0_u32;
        let _ = self.managed(None, &mut |_| {
            count = count.saturating_add(1);
            ControlFlow::Continue(())
        })?;
        Ok(count)
    }

    /// Visits all of them, newest first: those with a number below `before`, or all.
    fn managed(&self, before: Option<u64>, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.credentials(before, &mut |listed| match listed {
            Listed::Credential(entry) if self.is_managed(entry.credential) => visit(entry.credential),
            Listed::Credential(_) | Listed::Unreadable { .. } => ControlFlow::Continue(()),
        })
    }

    /// Visits those of a relying party, newest first.
    pub(crate) fn managed_of(
        &self,
        rp_id_hash: &RpIdHash,
        before: Option<u64>,
        visit: Visit<'_>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let key = self.store_keys().relying_party(rp_id_hash);
        self.matching(Index::RelyingParty, key, before, &mut |entry| {
            let named = entry.credential.rp_id_hash == *rp_id_hash && self.is_managed(entry.credential);
            if named { visit(entry.credential) } else { ControlFlow::Continue(()) }
        })
    }

    /// The key of this credential's large blob, if it has one.
    pub(crate) fn large_blob_key(&self, credential: &Credential) -> Option<Secret<32>> {
        let of = Derivation { credential_id: credential.id.as_slice(), seed: &credential.extended.seed };
        credential.extended.large_blob_key.then(|| large_blob_key(self.store_keys(), of))
    }

    /// The one with this id, whatever its relying party.
    pub(crate) fn managed_by_id<T>(
        &self,
        id: &[u8],
        found: impl FnOnce(&Entry<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        let (mut found, mut result) = (Some(found), None);
        let key = self.store_keys().credential_id(id);
        let _ = self.matching(Index::CredentialId, key, None, &mut |entry| {
            if entry.credential.id.as_slice() != id || !self.is_managed(entry.credential) {
                return ControlFlow::Continue(());
            }
            result = found.take().map(|found| found(entry));
            ControlFlow::Break(())
        })?;
        Ok(result)
    }

    /// Visits the newest credential of each relying party, newest first: those with a number below `before`, or all. It opens
    /// two credentials for each that it passes.
    pub(crate) fn relying_parties(
        &self,
        before: Option<u64>,
        visit: Visit<'_>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let mut failure = None;
        let flow = self.managed(before, &mut |credential| {
            let mut newest = None;
            let read = self.managed_of(&credential.rp_id_hash, None, &mut |first| {
                newest = Some(first.number);
                ControlFlow::Break(())
            });
            match read {
                Ok(_) if newest == Some(credential.number) => visit(credential),
                Ok(_) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(flow), Err)
    }
}
