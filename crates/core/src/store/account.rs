//! What an account has, told from what it had.

use super::{StoreError, Vault};
use crate::credential::Credential;
use core::fmt;
use core::ops::ControlFlow;
use sha2::{Digest, Sha256};

/// What an account had when it was looked at ([`Vault::account_mark`]): its discoverable credentials, each as it was then. What
/// rests on that look is done only while it is so ([`Manage::ConfirmSeen`](crate::Manage::ConfirmSeen)).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccountMark {
    digest: [u8; 32],
}

impl Vault<'_> {
    /// The mark of this credential's account. Take it before the look that it is to vouch for: what changes between the two
    /// is noticed then.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn account_mark(&self, credential: &Credential) -> Result<AccountMark, StoreError> {
        let mut digest = Sha256::new();
        let _ = self.of_user(&credential.rp_id_hash, credential.user.id.as_slice(), &mut |entry| {
            digest.update(entry.record.0);
            digest.update(entry.version.to_be_bytes());
            ControlFlow::Continue(())
        })?;
        Ok(AccountMark { digest: digest.finalize().into() })
    }
}

impl fmt::Debug for AccountMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountMark").finish_non_exhaustive()
    }
}
