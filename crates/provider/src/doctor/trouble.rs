//! What can be found, and how it is said.

use authenticator_core::store::RecordKind;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trouble {
    /// A passkey's record was changed, swapped or cut.
    UnreadablePasskey,
    /// A record of the provider's own was.
    UnreadableHostRecord,
    /// A note about a key outside the store was.
    UnreadableKeyRecord,
    /// The record of the PIN and the settings was, or is not the newest.
    UnreadableSettings,
    /// A piece of the large blobs that sites keep with passkeys was changed, swapped or cut, or is missing.
    UnreadableLargeBlobs,
    /// A passkey is whole, but its site or account does not find it.
    MisindexedPasskey,
    /// The records are not those of the last commit.
    MixedRecords,
    /// A passkey's key is in a backend that is not here.
    MissingKey,
    /// The platform has invalidated a passkey's key for good.
    InvalidatedKey,
    /// A passkey has notes of a version not known here.
    UnknownNotes,
    /// A passkey that its site no longer knows.
    HiddenPasskey,
    /// A passkey whose place a newer one has taken.
    SupersededPasskey,
    /// A passkey that nothing has shown its site to have kept.
    UnconfirmedPasskey,
    /// A saved ceremony that nobody has ended in time.
    ExpiredCeremony,
    /// A saved ceremony of a version not known here.
    UnknownCeremony,
    /// A key outside the store that was to be made for a registration that never ended.
    AbandonedKey,
    /// A key outside the store that no passkey uses any more.
    UnusedKey,
    /// Something the core reports and this version has no words for.
    Other,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Nothing is wrong: it is good to know.
    Notice,
    /// Nothing is lost, but something is left undone.
    Warning,
    /// A passkey or the store does not do what it should.
    Error,
}

impl Severity {
    /// One word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Trouble {
    /// Every one.
    pub const ALL: [Self; 18] = [
        Self::UnreadablePasskey,
        Self::UnreadableHostRecord,
        Self::UnreadableKeyRecord,
        Self::UnreadableSettings,
        Self::UnreadableLargeBlobs,
        Self::MisindexedPasskey,
        Self::MixedRecords,
        Self::MissingKey,
        Self::InvalidatedKey,
        Self::UnknownNotes,
        Self::HiddenPasskey,
        Self::SupersededPasskey,
        Self::UnconfirmedPasskey,
        Self::ExpiredCeremony,
        Self::UnknownCeremony,
        Self::AbandonedKey,
        Self::UnusedKey,
        Self::Other,
    ];

    pub(super) const fn unreadable(kind: RecordKind) -> Self {
        match kind {
            RecordKind::Credential => Self::UnreadablePasskey,
            RecordKind::Host => Self::UnreadableHostRecord,
            RecordKind::KeyIntent | RecordKind::KeyTombstone => Self::UnreadableKeyRecord,
            RecordKind::Settings => Self::UnreadableSettings,
            RecordKind::LargeBlob => Self::UnreadableLargeBlobs,
            _ => Self::Other,
        }
    }

    /// Its name for programs, which stays what it is.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnreadablePasskey => "unreadable-passkey",
            Self::UnreadableHostRecord => "unreadable-host-record",
            Self::UnreadableKeyRecord => "unreadable-key-record",
            Self::UnreadableSettings => "unreadable-settings",
            Self::UnreadableLargeBlobs => "unreadable-large-blobs",
            Self::MisindexedPasskey => "misindexed-passkey",
            Self::MixedRecords => "mixed-records",
            Self::MissingKey => "missing-key",
            Self::InvalidatedKey => "invalidated-key",
            Self::UnknownNotes => "unknown-notes",
            Self::HiddenPasskey => "hidden-passkey",
            Self::SupersededPasskey => "superseded-passkey",
            Self::UnconfirmedPasskey => "unconfirmed-passkey",
            Self::ExpiredCeremony => "expired-ceremony",
            Self::UnknownCeremony => "unknown-ceremony",
            Self::AbandonedKey => "abandoned-key",
            Self::UnusedKey => "unused-key",
            Self::Other => "other",
        }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::UnreadablePasskey
            | Self::UnreadableSettings
            | Self::UnreadableLargeBlobs
            | Self::MisindexedPasskey
            | Self::MixedRecords
            | Self::MissingKey
            | Self::InvalidatedKey => Severity::Error,
            Self::UnreadableHostRecord
            | Self::UnreadableKeyRecord
            | Self::AbandonedKey
            | Self::UnusedKey
            | Self::Other => Severity::Warning,
            Self::UnknownNotes
            | Self::HiddenPasskey
            | Self::SupersededPasskey
            | Self::UnconfirmedPasskey
            | Self::ExpiredCeremony
            | Self::UnknownCeremony => Severity::Notice,
        }
    }

    /// What it is, in a sentence for a person. It names no site, no account and no passkey.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::UnreadablePasskey => {
                "a passkey's record was changed or swapped and cannot be opened; restore a copy of the store that still \
                 has it, or give the passkey up"
            }
            Self::UnreadableHostRecord => {
                "a record of this program's own was changed or swapped and cannot be opened"
            }
            Self::UnreadableKeyRecord => {
                "a note about a key outside the store was changed or swapped and cannot be opened; without it that key \
                 may stay where it is"
            }
            Self::UnreadableSettings => {
                "the record of the PIN and the settings was changed or taken away, so that nobody knows the PIN any more; \
                 restore a copy of the store that still has it, or reset"
            }
            Self::UnreadableLargeBlobs => {
                "the large blobs that sites keep with passkeys were changed or are not all there, so that sites find none; \
                 restore a copy of the store that still has them, or give them up"
            }
            Self::MisindexedPasskey => {
                "a passkey is whole, but its site or account does not find it, or a list leaves it out"
            }
            Self::MixedRecords => {
                "some records are missing, or older or newer than the others; restore a copy of the whole store, or take \
                 what is here as it is"
            }
            Self::MissingKey => {
                "a passkey's key is in a key store that this device or program does not have; use the passkey where its \
                 key is, or give it up and register again"
            }
            Self::InvalidatedKey => {
                "the device has invalidated a passkey's key for good, as it does when fingerprints are enrolled; give the \
                 passkey up and register again"
            }
            Self::HiddenPasskey => {
                "a passkey is out of sight, because its site has said that it no longer knows it"
            }
            Self::UnknownNotes => {
                "a passkey has notes, such as its label, of a version not known here; update this program to see them"
            }
            Self::SupersededPasskey => {
                "a newer passkey of the same account has taken a passkey's place; it is kept for the sites that still \
                 name it"
            }
            Self::UnconfirmedPasskey => {
                "nothing has shown yet that a passkey's site has kept it, as with one that is new; if it signs in, all is \
                 well, and if its site does not know it, delete it"
            }
            Self::ExpiredCeremony => {
                "a request that was saved for later was not ended in time; the next one clears it away"
            }
            Self::UnknownCeremony => "a request was saved by another version of this program",
            Self::AbandonedKey => "a registration never ended; its key may have been made outside the store",
            Self::UnusedKey => {
                "a key outside the store that no passkey uses any more is still to be destroyed"
            }
            Self::Other => "the store has something this version has no words for; update this program",
        }
    }
}
