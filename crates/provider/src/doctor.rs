//! Looks for everything that is wrong with a store, says it to a person, and mends what it is told to.
//!
//! Looking changes nothing. A [`Report`] has a [`Diagnosis`] for each thing found, and a diagnosis has the one step that
//! mends it, if there is one. `docs/doctor.md` lists them all.

mod json;
mod repair;
mod trouble;

pub use repair::Repair;
pub use trouble::{Severity, Trouble};

use crate::catalogue::{State, hex};
use crate::ceremony::Leftover;
use crate::error::Error;
use crate::label::HostData;
use authenticator_core::credential::CredentialState;
use authenticator_core::key::Backend;
use authenticator_core::store::{
    Audit, Entry, Finding, Listed, RecordId, RecordKind, Store, StoreError, UnwantedKey, Vault,
};
use authenticator_core::{Error as CoreError, Now};
use authenticator_host::{Clock, World};
use rand_core::CryptoRng;
use std::ops::ControlFlow;

/// What a look at the whole store came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What was looked at.
    pub checked: Audit,
    /// What was found: first what concerns the store's records as such, then the passkeys, newest first, and what else
    /// is kept with them.
    pub diagnoses: Vec<Diagnosis>,
}

/// One thing that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What it is.
    pub what: Trouble,
    /// The record it is about, if it is about one.
    pub record: Option<RecordId>,
    /// What mends it, if anything here does.
    pub repair: Option<Repair>,
}

/// Examines the whole store: every record is opened, so it takes as long as there are records. It writes nothing.
///
/// # Errors
/// [`Error::Core`] when the store cannot be opened or read, also when other processes kept writing to it.
pub fn doctor<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>) -> Result<Report, Error> {
    // What is read in several goes belongs together only if nobody has committed in between.
    for _ in 0..TRIES {
        let before = world.store.last_commit().map_err(CoreError::from)?;
        let report = examine(world);
        if world.store.last_commit().map_err(CoreError::from)? == before {
            return report;
        }
    }
    Err(CoreError::from(StoreError::Busy).into())
}

/// As often as the core tries a commit.
const TRIES: usize = 8;

impl Report {
    /// Whether nothing was found that anyone should act on. Notices do not count.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.diagnoses.iter().all(|diagnosis| diagnosis.severity() == Severity::Notice)
    }
}

impl Diagnosis {
    const fn new(what: Trouble, record: RecordId, repair: Repair) -> Self {
        Self { what, record: Some(record), repair: Some(repair) }
    }

    /// The id of the record it is about, as a person names it.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.record.map(hex)
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.what.severity()
    }

    /// What it is, in a sentence for a person. It names no site, no account and no passkey.
    #[must_use]
    pub const fn explanation(&self) -> &'static str {
        match (self.what, self.repair) {
            (Trouble::SupersededPasskey, None) => {
                "a newer passkey of the same account has taken a passkey's place, but nothing has shown yet that the site \
                 has kept the newer one; until then this one is not deleted here"
            }
            _ => self.what.explanation(),
        }
    }
}

fn examine<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>) -> Result<Report, Error> {
    let mut diagnoses = Vec::new();
    let mut cx = world.context();
    let (now, backend) = (cx.now, cx.authenticator.profile().keys.backend);
    let checked = cx.audit(&mut |finding| diagnoses.push(of_finding(finding)))?;
    let vault = cx.vault()?;
    let examined = passkeys(&vault, &mut diagnoses)
        .and_then(|()| host_records(&vault, now, &mut diagnoses))
        .and_then(|()| keys(&vault, now, backend, &mut diagnoses));
    examined.map_err(CoreError::from)?;
    Ok(Report { checked, diagnoses })
}

fn of_finding(finding: Finding) -> Diagnosis {
    match finding {
        Finding::Unreadable { kind: RecordKind::Settings, .. } => {
            Diagnosis { what: Trouble::UnreadableSettings, record: None, repair: None }
        }
        Finding::Unreadable { kind, record } => {
            Diagnosis::new(Trouble::unreadable(kind), record, Repair::Discard(kind, record))
        }
        Finding::Misindexed { record } => {
            Diagnosis::new(Trouble::MisindexedPasskey, record, Repair::Rewrite(record))
        }
        Finding::Mixed => {
            Diagnosis { what: Trouble::MixedRecords, record: None, repair: Some(Repair::AcceptRecords) }
        }
        _ => Diagnosis { what: Trouble::Other, record: None, repair: None },
    }
}

fn passkeys(vault: &Vault<'_>, found: &mut Vec<Diagnosis>) -> Result<(), StoreError> {
    let mut failure = None;
    let _ = vault.credentials(None, &mut |listed| {
        // What cannot be read the audit has reported.
        let Listed::Credential(entry) = listed else { return ControlFlow::Continue(()) };
        match passkey(&entry, vault, found) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failure.map_or(Ok(()), Err)
}

fn passkey(entry: &Entry<'_>, vault: &Vault<'_>, found: &mut Vec<Diagnosis>) -> Result<(), StoreError> {
    let record = entry.record;
    let what = match State::of(entry.credential, vault)? {
        State::KeyMissing => Some(Trouble::MissingKey),
        State::KeyInvalidated => Some(Trouble::InvalidatedKey),
        State::Hidden => Some(Trouble::HiddenPasskey),
        // One that its site names anyway has no place that another could take.
        State::Superseded if entry.credential.discoverable => Some(Trouble::SupersededPasskey),
        State::Unconfirmed => Some(Trouble::UnconfirmedPasskey),
        _ => None,
    };
    if let Some(what) = what {
        // What is left to the account, should its site not have the newer one, is not deleted.
        let is_needed = what == Trouble::SupersededPasskey
            && vault.superseded_by(entry.credential)? != Some(CredentialState::Active);
        let repair = (!is_needed).then_some(Repair::DeletePasskey(record, what));
        found.push(Diagnosis { what, record: Some(record), repair });
    }
    if matches!(HostData::read(entry.host_data.0), HostData::Foreign) {
        found.push(Diagnosis::new(Trouble::UnknownNotes, record, Repair::ForgetNotes(record)));
    }
    Ok(())
}

fn host_records(vault: &Vault<'_>, now: Now, found: &mut Vec<Diagnosis>) -> Result<(), StoreError> {
    let _ = vault.host_records(&mut |record, bytes| {
        let what = match Leftover::of_record(bytes, now.unix) {
            Some(Leftover::Expired) => Some(Trouble::ExpiredCeremony),
            Some(Leftover::Unknown) => Some(Trouble::UnknownCeremony),
            None => None,
        };
        found.extend(what.map(|what| Diagnosis::new(what, record, Repair::RemoveHostRecord(record))));
        ControlFlow::Continue(())
    })?;
    Ok(())
}

fn keys(vault: &Vault<'_>, now: Now, backend: Backend, found: &mut Vec<Diagnosis>) -> Result<(), StoreError> {
    let _ = vault.abandoned_keys(now, &mut |record| {
        found.push(Diagnosis::new(Trouble::AbandonedKey, record, Repair::GiveUpKey(record)));
        ControlFlow::Continue(())
    })?;
    let _ = vault.unwanted_keys(&mut |record, key| {
        let of_the_host = match key {
            UnwantedKey::Alias { backend, .. } => *backend,
            UnwantedKey::Handle(key) => key.backend,
            // Those of every backend.
            UnwantedKey::AliasSuffix(_) => backend,
        };
        let repair = if of_the_host == backend && backend != Backend::SOFTWARE {
            Repair::DestroyKey(record)
        } else {
            Repair::ForgetKey(record)
        };
        found.push(Diagnosis::new(Trouble::UnusedKey, record, repair));
        ControlFlow::Continue(())
    })?;
    Ok(())
}
