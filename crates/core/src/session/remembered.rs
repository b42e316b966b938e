//! What a command leaves for its continuation (ST-03): one thing at a time, and not for long.

use super::large_blobs::Staged;
use crate::credential::{ClientDataHash, RpIdHash};
use crate::extension::Asserting;
use crate::pin::Token;
use crate::store::Header;
use crate::time::{Now, Window};
use crate::user::{Proof, Requester};
use core::time::Duration;

/// How long after a stateful command its continuation may come (ST-05, ST-06, GN-01).
const WINDOW: Duration = Duration::from_secs(30);

/// With what the last command can be continued.
#[derive(Debug)]
pub(crate) enum Continuation {
    Assertions(Remembered),
    Enumeration(Enumeration),
    LargeBlobs(Staged),
}

impl Continuation {
    pub(crate) fn assertions(self) -> Option<Remembered> {
        match self {
            Self::Assertions(remembered) => Some(remembered),
            Self::Enumeration(_) | Self::LargeBlobs(_) => None,
        }
    }

    pub(crate) const fn enumeration(self) -> Option<Enumeration> {
        match self {
            Self::Enumeration(enumeration) => Some(enumeration),
            Self::Assertions(_) | Self::LargeBlobs(_) => None,
        }
    }

    pub(crate) const fn large_blobs(self) -> Option<Staged> {
        match self {
            Self::LargeBlobs(staged) => Some(staged),
            Self::Assertions(_) | Self::Enumeration(_) => None,
        }
    }

    /// Whether this requester may go on with it now.
    pub(super) fn may_go_on(&self, requester: Requester, token: &mut Token, now: Now) -> bool {
        let Basis { requester: who, window, token: serial, .. } = match self {
            Self::Assertions(remembered) => &remembered.series.basis,
            Self::Enumeration(enumeration) => &enumeration.basis,
            Self::LargeBlobs(staged) => &staged.basis,
        };
        *who == requester && window.contains(now) && serial.is_none_or(|serial| token.is_in_use(serial, now))
    }
}

/// Who may go on, until when, and on what authority.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    requester: Requester,
    window: Window,
    /// The epoch in which its user was authenticated.
    auth_epoch: u64,
    /// The token that verified its user, if one did that can expire.
    token: Option<u32>,
}

impl Basis {
    pub(crate) const fn new(requester: Requester, now: Now) -> Self {
        Self { requester, window: Window::open(now, WINDOW), auth_epoch: 0, token: None }
    }

    /// The epoch in which its user was authenticated; no header has that of a new one.
    pub(crate) const fn in_epoch(self, auth_epoch: u64) -> Self {
        Self { auth_epoch, ..self }
    }

    /// The token on which its verification rests (ST-08).
    pub(crate) const fn by_token(self, serial: Option<u32>) -> Self {
        Self { token: serial, ..self }
    }

    /// Whether what it rests on has not ended since, here or in another process (ST-08).
    pub(super) const fn is_of(&self, header: &Header) -> bool {
        self.auth_epoch == header.auth_epoch
    }

    /// GN-03: the timer starts again.
    pub(super) const fn extended(self, now: Now) -> Self {
        Self { window: Window::open(now, WINDOW), ..self }
    }
}

/// A getAssertion whose further credentials may be asked for (GA-15). It owns the proofs it was given.
#[derive(Debug)]
pub(crate) struct Remembered {
    pub(crate) rp_id_hash: RpIdHash,
    pub(crate) client_data_hash: ClientDataHash,
    pub(crate) series: Series,
}

/// The same beside what the step that waits for a signature knows anyway.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) proof: Proof,
    pub(crate) extensions: Asserting,
    /// The number of the credential given out last: the next is older.
    pub(crate) cursor: u64,
    /// How many more may be asked for.
    pub(crate) left: u32,
    pub(crate) basis: Basis,
}

impl Series {
    /// Whether what it rests on has not ended since.
    pub(crate) const fn is_of(&self, header: &Header) -> bool {
        self.basis.is_of(header)
    }

    /// One more has been given out.
    pub(crate) fn advanced(self, cursor: u64, now: Now) -> Option<Self> {
        let left = self.left.checked_sub(1).filter(|left| *left > 0)?;
        Some(Self { cursor, left, basis: self.basis.extended(now), ..self })
    }
}

/// What authenticatorCredentialManagement lists one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// The relying parties, each at the place of its newest credential.
    RelyingParties,
    /// The credentials of one.
    Credentials(RpIdHash),
}

/// A list of which more may be asked for (CM-01). It says where it stands, and not what is on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enumeration {
    pub(crate) listing: Listing,
    /// The number of the credential at which it stands: the next is older.
    pub(crate) cursor: u64,
    /// How many more may be asked for.
    left: u32,
    /// The commit that had changed the credentials last when it began.
    changed: u64,
    basis: Basis,
}

impl Enumeration {
    /// A list of this length whose first item has been given out.
    pub(crate) fn begun(
        listing: Listing,
        (cursor, total): (u64, u32),
        header: &Header,
        basis: Basis,
    ) -> Option<Self> {
        let left = total.checked_sub(1).filter(|left| *left > 0)?;
        Some(Self { listing, cursor, left, changed: header.credentials_changed, basis })
    }

    /// Whether what it rests on has not ended since, and what it lists is still what it was: else items could be
    /// missed, or listed twice.
    pub(crate) const fn is_of(&self, header: &Header) -> bool {
        self.basis.is_of(header) && self.changed == header.credentials_changed
    }

    /// One more has been given out.
    pub(crate) fn advanced(self, cursor: u64, now: Now) -> Option<Self> {
        let left = self.left.checked_sub(1).filter(|left| *left > 0)?;
        Some(Self { cursor, left, basis: self.basis.extended(now), ..self })
    }
}
