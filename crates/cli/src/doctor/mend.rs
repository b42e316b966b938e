//! What `--repair` was told to mend, and nothing else.

use super::examine::Examination;
use super::finding::{Finding, Mend, is_kind};
use crate::anchor::OwnAnchor;
use crate::args::Store;
use crate::exit::Failure;
use crate::key_file::{self, MayMake};
use crate::log::Log;
use crate::open;
use crate::paths::{self, Places};
use authenticator_core::{BuiltInVerification, DeviceKey, Profile};
use authenticator_host::{Anchored, OpenError, SoftwareKeys, SystemClock, World, os_rng};
use authenticator_provider::Repair;
use authenticator_store_sqlite::SqliteStore;
use std::path::{Path, PathBuf};

/// `KIND[:RECORD]`: the findings of a kind, or the one about a record.
#[derive(Debug)]
pub(crate) struct Order {
    kind: String,
    record: Option<String>,
}

impl Order {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let (kind, record) = match text.split_once(':') {
            Some((kind, record)) => (kind, Some(record.to_ascii_lowercase())),
            None => (text, None),
        };
        if !is_kind(kind) {
            return Err(Failure::Usage(
                "--repair takes the name of a finding, as `doctor` shows it".to_owned(),
            ));
        }
        let is_id = |id: &String| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_hexdigit());
        if record.as_ref().is_some_and(|record| !is_id(record)) {
            return Err(Failure::Usage("a record is named by the digits 0-9 and a-f".to_owned()));
        }
        Ok(Self { kind: kind.to_owned(), record })
    }

    /// Mends what the examination found of it; says what that was. What is not found needs no mending.
    pub(crate) fn carry_out(
        &self,
        examination: &Examination,
        args: &Store,
        log: Log,
    ) -> Result<Vec<Finding>, Failure> {
        let meant: Vec<&Finding> =
            examination.findings.iter().filter(|finding| self.means(finding)).collect();
        let mut records: Vec<_> = meant.iter().filter_map(|finding| finding.record()).collect();
        records.dedup();
        if self.record.is_some() && records.len() > 1 {
            return Err(Failure::NoPasskey("several records begin like this; give more of it".to_owned()));
        }
        let mends: Vec<(&Finding, Mend)> =
            meant.iter().filter_map(|finding| Some((*finding, finding.mend()?))).collect();
        // Of a kind some may be mended, and others not yet.
        if let Some(finding) = meant.first().filter(|_| mends.is_empty()) {
            return Err(Failure::Usage(format!(
                "nothing here mends {}: {}",
                self.kind,
                finding.explanation()
            )));
        }
        let mut mended = Vec::new();
        for (finding, mend) in mends {
            make(mend, args, log)?;
            mended.push(finding.clone());
        }
        if mended.is_empty() {
            log.note("nothing to repair");
        }
        Ok(mended)
    }

    fn means(&self, finding: &Finding) -> bool {
        let of_record = |prefix: &String| finding.record().is_some_and(|record| record.starts_with(prefix));
        finding.kind() == self.kind && self.record.as_ref().is_none_or(of_record)
    }
}

fn make(mend: Mend, args: &Store, log: Log) -> Result<(), Failure> {
    let places = Places::find(args.store.as_deref())?;
    match mend {
        Mend::Store(repair) => in_store(repair, args, &places, log),
        Mend::HideKey => make_owners_own(&places.key).map_err(|error| {
            Failure::Key(format!("the permissions of the key file cannot be changed: {}", error.kind()))
        }),
        Mend::RemoveRows => remove_rows(args, &places, log),
        Mend::AllowWriting => allow_writing(&places.store).map_err(|error| {
            Failure::Store(format!("the permissions of the store cannot be changed: {}", error.kind()))
        }),
        Mend::AcceptRollBack => {
            let accept = |profile, key: &_, store| {
                World::accept_roll_back(profile, key, store, os_rng(), SystemClock::default()).map(drop)
            };
            open_by(accept, args, &places, log)
        }
        Mend::StartOver => {
            let start_over = |profile, key: &_, store| {
                World::start_over(profile, key, store, os_rng(), SystemClock::default()).map(drop)
            };
            open_by(start_over, args, &places, log)
        }
    }
}

fn in_store(repair: Repair, args: &Store, places: &Places, log: Log) -> Result<(), Failure> {
    let profile = open::profile(BuiltInVerification::Unsupported);
    let mut device = open::open(places, args.anchor.as_deref(), profile, log)?;
    Ok(repair.apply(&mut device, &mut SoftwareKeys)?)
}

/// Not of a store that a later version has written: that is refused at opening.
fn remove_rows(args: &Store, places: &Places, log: Log) -> Result<(), Failure> {
    let profile = open::profile(BuiltInVerification::Unsupported);
    let mut device = open::open(places, args.anchor.as_deref(), profile, log)?;
    device.store.store.remove_strays().map(drop).map_err(|error| Failure::Store(error.to_string()))
}

/// Opens a store that is refused otherwise.
fn open_by(
    open: impl FnOnce(Profile, &DeviceKey, Anchored<SqliteStore, OwnAnchor>) -> Result<(), OpenError>,
    args: &Store,
    places: &Places,
    log: Log,
) -> Result<(), Failure> {
    let key = key_file::load(&places.key, MayMake::No, log)?;
    let store = SqliteStore::open(&places.store).map_err(|error| Failure::Store(error.to_string()))?;
    let store = Anchored { store, anchor: OwnAnchor::new(args.anchor.as_deref()) };
    let profile = open::profile(BuiltInVerification::Unsupported);
    open(profile, &key, store).map_err(|error| Failure::Store(error.to_string()))
}

/// SQLite gives the files beside the store the store's own permissions, and so they stay.
fn allow_writing(store: &Path) -> std::io::Result<()> {
    let is_file = |file: &&PathBuf| file.symlink_metadata().is_ok_and(|about| about.is_file());
    paths::files_of(store).iter().filter(is_file).try_for_each(|file| make_owners_own(file))
}

#[cfg(unix)]
fn make_owners_own(path: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

/// Elsewhere only the mark "read-only" is the file's own.
#[cfg(not(unix))]
fn make_owners_own(path: &Path) -> std::io::Result<()> {
    let mut permissions = path.metadata()?.permissions();
    permissions.set_readonly(false);
    std::fs::set_permissions(path, permissions)
}
