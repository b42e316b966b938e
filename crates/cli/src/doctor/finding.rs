//! A finding, whether of the files or of what is in the store.

use authenticator_provider::{Diagnosis, Repair, Severity, Trouble};
use serde_json::{Value, json};

/// What can be wrong with the store's file, its key's, and where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileTrouble {
    /// There is a store and no key file.
    KeyMissing,
    /// Others can read the key file.
    KeyExposed,
    /// The key file does not have the length of a key.
    KeyDamaged,
    /// The key file is none, or cannot be read.
    KeyUnusable,
    /// A copy of the key lies in the store's folder, or the store is to lie in that of the keys.
    KeyBesideStore,
    /// There is a key and no store.
    StoreMissing,
    /// The store's file is a symbolic link.
    StoreLink,
    /// The store's file is somebody else's.
    StoreForeign,
    /// The store is of a later version.
    StoreNewer,
    /// The store's file is damaged.
    StoreDamaged,
    /// The store's file has rows that are none of ours.
    StrayRows,
    /// The store's file may not be written.
    StoreReadOnly,
    /// The store's file cannot be read.
    StoreUnusable,
    /// The store is another key's, or its header is damaged.
    WrongDeviceKey,
    /// The store is an older copy.
    RolledBack,
    /// The anchor cannot be read.
    AnchorUnusable,
}

impl FileTrouble {
    pub(crate) const ALL: [Self; 16] = [
        Self::KeyMissing,
        Self::KeyExposed,
        Self::KeyDamaged,
        Self::KeyUnusable,
        Self::KeyBesideStore,
        Self::StoreMissing,
        Self::StoreLink,
        Self::StoreForeign,
        Self::StoreNewer,
        Self::StoreDamaged,
        Self::StrayRows,
        Self::StoreReadOnly,
        Self::StoreUnusable,
        Self::WrongDeviceKey,
        Self::RolledBack,
        Self::AnchorUnusable,
    ];

    /// Its name for programs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::KeyMissing => "key-file-missing",
            Self::KeyExposed => "key-file-exposed",
            Self::KeyDamaged => "key-file-damaged",
            Self::KeyUnusable => "key-file-unusable",
            Self::KeyBesideStore => "key-beside-store",
            Self::StoreMissing => "store-missing",
            Self::StoreLink => "store-link",
            Self::StoreForeign => "store-foreign",
            Self::StoreNewer => "store-newer",
            Self::StoreDamaged => "store-damaged",
            Self::StrayRows => "stray-rows",
            Self::StoreReadOnly => "store-read-only",
            Self::StoreUnusable => "store-unusable",
            Self::WrongDeviceKey => "wrong-device-key",
            Self::RolledBack => "rolled-back",
            Self::AnchorUnusable => "anchor-unusable",
        }
    }

    pub(crate) const fn severity(self) -> Severity {
        match self {
            Self::KeyBesideStore | Self::StrayRows | Self::StoreReadOnly => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// What the command itself can mend, beside what the library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// A repair in the store.
    Store(Repair),
    /// Take everybody else's permissions to the key file away.
    HideKey,
    /// Remove the rows that are none of ours.
    RemoveRows,
    /// Let its owner write the store's file.
    AllowWriting,
    /// Take an older copy of the store as it is.
    AcceptRollBack,
    /// Delete what another key has sealed.
    StartOver,
}

/// Something found.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    /// In the store.
    Within(Diagnosis),
    /// About the files, in the words of whoever met it.
    Files(FileTrouble, String),
}

impl Finding {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Within(diagnosis) => diagnosis.what.as_str(),
            Self::Files(trouble, _) => trouble.as_str(),
        }
    }

    pub(crate) const fn severity(&self) -> Severity {
        match self {
            Self::Within(diagnosis) => diagnosis.severity(),
            Self::Files(trouble, _) => trouble.severity(),
        }
    }

    pub(crate) fn explanation(&self) -> &str {
        match self {
            Self::Within(diagnosis) => diagnosis.explanation(),
            Self::Files(_, explanation) => explanation,
        }
    }

    pub(crate) fn record(&self) -> Option<String> {
        match self {
            Self::Within(diagnosis) => diagnosis.id(),
            Self::Files(..) => None,
        }
    }

    pub(crate) const fn mend(&self) -> Option<Mend> {
        match self {
            Self::Within(Diagnosis { repair: Some(repair), .. }) => Some(Mend::Store(*repair)),
            Self::Files(FileTrouble::KeyExposed, _) => Some(Mend::HideKey),
            Self::Files(FileTrouble::StrayRows, _) => Some(Mend::RemoveRows),
            Self::Files(FileTrouble::StoreReadOnly, _) => Some(Mend::AllowWriting),
            Self::Files(FileTrouble::RolledBack, _) => Some(Mend::AcceptRollBack),
            Self::Files(FileTrouble::WrongDeviceKey, _) => Some(Mend::StartOver),
            _ => None,
        }
    }

    /// What `--repair` takes, which is also how the finding is called.
    pub(crate) fn name(&self) -> String {
        match self.record() {
            Some(record) => format!("{}:{record}", self.kind()),
            None => self.kind().to_owned(),
        }
    }

    /// What `--repair` takes for it, and what that does.
    pub(crate) fn repair(&self) -> Option<(String, &'static str)> {
        Some((self.name(), self.mend()?.explanation()))
    }

    /// As the library has it, for what it does not know as well.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Within(diagnosis) => diagnosis.to_json(),
            Self::Files(trouble, explanation) => json!({
                "kind": trouble.as_str(),
                "severity": trouble.severity().as_str(),
                "record": null,
                "explanation": explanation,
                "repair": self.mend().map(Mend::as_str),
            }),
        }
    }
}

impl Mend {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Store(repair) => repair.as_str(),
            Self::HideKey => "hide-key",
            Self::RemoveRows => "remove-rows",
            Self::AllowWriting => "allow-writing",
            Self::AcceptRollBack => "accept-roll-back",
            Self::StartOver => "start-over",
        }
    }

    const fn explanation(self) -> &'static str {
        match self {
            Self::Store(repair) => repair.explanation(),
            Self::HideKey => "makes the file its owner's alone; whoever has read it by now has the key",
            Self::RemoveRows => "removes the rows; no passkey that can be used is in them",
            Self::AllowWriting => "lets its owner read and write the file",
            Self::AcceptRollBack => {
                "takes this copy as the store; passkeys made since are lost, deleted ones are back"
            }
            Self::StartOver => {
                "deletes every passkey in the store, for when their key is lost for good; restoring it is better"
            }
        }
    }
}

/// Whether there is a finding of this name at all.
pub(crate) fn is_kind(name: &str) -> bool {
    Trouble::ALL.iter().any(|trouble| trouble.as_str() == name)
        || FileTrouble::ALL.iter().any(|trouble| trouble.as_str() == name)
}
