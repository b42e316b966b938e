//! Keys of the host's backends that must not outlive their use.
//!
//! A key in hardware is made and destroyed outside the store, so neither can be part of a commit. Instead an *intent* is
//! committed before a key is made, and goes with the commit that stores its credential; a *tombstone* is committed
//! with the removal of a credential, and goes once the key is destroyed. An intent that has expired becomes a tombstone
//! first, so that a registration that comes late finds its intent gone. Whatever dies in between, the driver
//! finds what is left, and never has to guess whose a key is.

use crate::bounded::Bytes;
use crate::key::{Backend, KeyRef};
use crate::time::{BootId, Now};
use core::fmt;
use core::time::Duration;
use heapless::Vec;

/// How long a key may take from the intent to the commit of its credential.
const INTENT_LIFE: Duration = Duration::from_secs(600);

/// How many bytes of an alias are the same for all keys of one generation of the store.
pub(crate) const ALIAS_SUFFIX: usize = 8;

/// The longest content: what it is, the backend, and a key's handle.
const MAX_CONTENT: usize = 2 + crate::credential::MAX_CREDENTIAL_ID;

/// A key, or all of a generation's, that no credential uses any more.
#[derive(Clone, PartialEq, Eq)]
pub enum UnwantedKey {
    /// The key that was asked for under this alias, if it was ever made.
    Alias {
        /// Of this backend.
        backend: Backend,
        /// As [`KeyRequest`](crate::key::KeyRequest) had it.
        alias: [u8; 16],
    },
    /// This key.
    Handle(KeyRef),
    /// Every key that was asked for under an alias that ends with these bytes, in every backend: the store was reset.
    AliasSuffix([u8; ALIAS_SUFFIX]),
}

impl fmt::Debug for UnwantedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alias { .. } => "Alias",
            Self::Handle(_) => "Handle",
            Self::AliasSuffix(_) => "AliasSuffix",
        })
    }
}

/// A key is about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) backend: Backend,
    boot: BootId,
    /// On the clock since boot, in seconds.
    expires: u64,
    /// When it was made, in seconds since 1970; 0 where nobody knew.
    made: u64,
}

impl Intent {
    pub(crate) fn new(backend: Backend, now: Now) -> Self {
        let expires = now.since_boot.saturating_add(INTENT_LIFE).as_secs();
        Self { backend, boot: now.boot, expires, made: now.unix.unwrap_or(0) }
    }

    /// In its own boot it has its time on the clock that never steps. Seen from another boot, whoever made it is gone; but
    /// where processes cannot know that they share a boot, only the date tells. Without a date it has expired, and so it has
    /// when the date stepped back.
    pub(crate) fn has_expired(&self, now: Now) -> bool {
        if self.boot == now.boot {
            return now.since_boot.as_secs() > self.expires;
        }
        let end = self.made.saturating_add(INTENT_LIFE.as_secs());
        self.made == 0 || !now.unix.is_some_and(|now| (self.made..=end).contains(&now))
    }
}

mod tag {
    pub(super) const INTENT: u8 = 0;
    pub(super) const ALIAS: u8 = 1;
    pub(super) const HANDLE: u8 = 2;
    pub(super) const ALIAS_SUFFIX: u8 = 3;
}

type Content = Vec<u8, MAX_CONTENT>;

/// The parts, one after the other; `None` when they are too long, which a key's handle is not.
fn content<const N: usize>(parts: [&[u8]; N]) -> Option<Content> {
    let mut content = Content::new();
    parts.into_iter().try_for_each(|part| content.extend_from_slice(part)).ok()?;
    Some(content)
}

impl Intent {
    pub(super) fn write(&self) -> Option<Content> {
        let head: &[u8] = &[tag::INTENT, self.backend.0];
        content([head, &self.boot.0, &self.expires.to_be_bytes(), &self.made.to_be_bytes()])
    }

    pub(super) fn read(content: &[u8]) -> Option<Self> {
        let ([tag::INTENT, backend], rest) = content.split_first_chunk()? else { return None };
        let (boot, rest) = rest.split_first_chunk()?;
        let (expires, made) = rest.split_first_chunk()?;
        let (expires, made) = (u64::from_be_bytes(*expires), u64::from_be_bytes(made.try_into().ok()?));
        Some(Self { backend: Backend(*backend), boot: BootId(*boot), expires, made })
    }
}

impl UnwantedKey {
    pub(super) fn write(&self) -> Option<Content> {
        match self {
            Self::Alias { backend, alias } => content([&[tag::ALIAS], &[backend.0], alias]),
            Self::Handle(key) => content([&[tag::HANDLE], &[key.backend.0], key.handle.as_slice()]),
            Self::AliasSuffix(suffix) => content([&[tag::ALIAS_SUFFIX], suffix]),
        }
    }

    pub(super) fn read(content: &[u8]) -> Option<Self> {
        let (kind, rest) = content.split_first()?;
        if *kind == tag::ALIAS_SUFFIX {
            return Some(Self::AliasSuffix(rest.try_into().ok()?));
        }
        let (backend, name) = rest.split_first()?;
        let backend = Backend(*backend);
        match *kind {
            tag::ALIAS => Some(Self::Alias { backend, alias: name.try_into().ok()? }),
            tag::HANDLE => Some(Self::Handle(KeyRef { backend, handle: Bytes::new(name)? })),
            _ => None,
        }
    }
}
