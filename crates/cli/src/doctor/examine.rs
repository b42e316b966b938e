//! The examination: first the files, then, if they can be opened, the store in them. It opens the store for reading only.

use super::finding::{FileTrouble, Finding};
use crate::anchor::OwnAnchor;
use crate::args::Store;
use crate::exit::Failure;
use crate::key_file::{self, ReadError};
use crate::log::Log;
use crate::open;
use crate::paths::{self, Places};
use authenticator_core::{BuiltInVerification, DeviceKey, Error as CoreError};
use authenticator_host::{Anchor, Anchored, OpenError as WorldError, SystemClock, World, os_rng};
use authenticator_provider::{Report, Severity, doctor};
use authenticator_store_sqlite::{FileCheck, OpenError, SqliteStore};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// What an examination came to.
#[derive(Debug, Default)]
pub(crate) struct Examination {
    pub(crate) findings: Vec<Finding>,
    /// What is in the store; `None` when it could not be opened, or is not there.
    pub(crate) report: Option<Report>,
    pub(crate) file: Option<FileCheck>,
    /// What keeps the store from being opened.
    pub(crate) blocked: Option<Blocked>,
}

/// What keeps a store from being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    Key,
    Store,
}

impl Examination {
    pub(crate) fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity() == Severity::Notice)
    }

    fn note(&mut self, trouble: FileTrouble, explanation: impl ToString) {
        self.findings.push(Finding::Files(trouble, explanation.to_string()));
    }

    fn blocked_by(mut self, blocked: Blocked, trouble: FileTrouble, explanation: impl ToString) -> Self {
        // That a damaged file cannot be read says nothing new.
        let known = trouble == FileTrouble::StoreUnusable && self.has(FileTrouble::StoreDamaged);
        if !known {
            self.note(trouble, explanation);
        }
        self.blocked = Some(blocked);
        self
    }

    fn has(&self, trouble: FileTrouble) -> bool {
        self.findings.iter().any(|finding| finding.kind() == trouble.as_str())
    }
}

/// What is known of the file, for programs.
pub(crate) fn file_to_json(file: &FileCheck) -> Value {
    json!({
        "faults": file.faults,
        "strays": file.strays,
        "format": file.format,
        "pageSize": file.page_size,
        "pages": file.pages,
        "freePages": file.free_pages,
        "logBytes": file.log_bytes,
    })
}

/// Examines the store that `args` name. Nothing is made, and nothing is written.
pub(crate) fn examine(args: &Store, log: Log) -> Result<Examination, Failure> {
    let found = Examination::default();
    if paths::is_folder_of_keys(args.store.as_deref())? {
        let explanation = "the store is to lie in the folder of the device keys, so that whoever copies one has both; \
                           choose another --store";
        return Ok(found.blocked_by(Blocked::Store, FileTrouble::KeyBesideStore, explanation));
    }
    let Some(places) = Places::look(args.store.as_deref())? else { return Ok(found) };
    log.note("looking at the files");
    if is_there(&places.store) {
        with_store(found, args, &places, log)
    } else {
        Ok(without_store(found, &places))
    }
}

/// Whether anything lies where the store is to be; a file without anything in it is as good as none.
fn is_there(store: &Path) -> bool {
    store.symlink_metadata().is_ok_and(|about| !about.is_file() || about.len() > 0)
}

/// A key without a store says that there was one.
fn without_store(found: Examination, places: &Places) -> Examination {
    if places.key.symlink_metadata().is_err() {
        return found;
    }
    let explanation = "the device key is here and its store is not; restore the store, whose passkeys are lost otherwise. \
                       The next command that needs a store makes a new one";
    found.blocked_by(Blocked::Store, FileTrouble::StoreMissing, explanation)
}

fn with_store(
    mut found: Examination,
    args: &Store,
    places: &Places,
    log: Log,
) -> Result<Examination, Failure> {
    let key = match key_file::read(&places.key) {
        Ok(key) => Some(key),
        Err(error) => {
            found.blocked = Some(Blocked::Key);
            found.note(trouble_of_key(&error), error.explain(&places.key));
            None
        }
    };
    if key.as_ref().is_some_and(|key| has_copy_beside(&places.store, key)) {
        let explanation = "a copy of the device key lies in the folder of the store, so that whoever copies the folder has \
                           both; move the copy elsewhere";
        found.note(FileTrouble::KeyBesideStore, explanation);
    }
    if paths::files_of(&places.store).iter().any(|file| may_not_be_written(file)) {
        let explanation =
            "the file of the store may not be written; passkeys can be used, but none made or changed";
        found.note(FileTrouble::StoreReadOnly, explanation);
    }
    let store = match SqliteStore::open_read_only(&places.store) {
        Ok(store) => store,
        Err(error) => return Ok(found.blocked_by(Blocked::Store, trouble_of_file(error), error)),
    };
    match store.check_file() {
        Ok(file) => found.file = Some(file),
        Err(error) => return Ok(found.blocked_by(Blocked::Store, FileTrouble::StoreUnusable, error)),
    }
    if let Some(faults) = found.file.map(|file| file.faults).filter(|faults| *faults > 0) {
        found.note(
            FileTrouble::StoreDamaged,
            format!("the file of the store is damaged ({faults} faults or more); restore a copy of it"),
        );
    }
    log.note("the file of the store is checked");
    let Some(key) = key else { return Ok(found) };
    Ok(within(found, args, store, key))
}

/// What is in the store.
fn within(mut found: Examination, args: &Store, store: SqliteStore, key: DeviceKey) -> Examination {
    let anchor = OwnAnchor::new(args.anchor.as_deref());
    if let Err(error) = anchor.read() {
        let explanation =
            format!("the anchor cannot be read: {}; give the right file, or none", error.kind());
        return found.blocked_by(Blocked::Store, FileTrouble::AnchorUnusable, explanation);
    }
    let (profile, store) = (open::profile(BuiltInVerification::Unsupported), Anchored { store, anchor });
    let mut world = match World::open(profile, &key, store, os_rng(), SystemClock::default()) {
        Ok(world) => world,
        Err(error) => return found.blocked_by(Blocked::Store, trouble_of_world(error), error),
    };
    // Those of a later version, which this one does not know, are in a store that it does not open.
    if let Some(strays) = found.file.map(|file| file.strays).filter(|strays| *strays > 0) {
        let explanation = format!(
            "the file of the store has {strays} rows that this program did not write; they are passed over everywhere"
        );
        found.note(FileTrouble::StrayRows, explanation);
    }
    match doctor(&mut world) {
        Ok(report) => {
            found.findings.extend(report.diagnoses.iter().copied().map(Finding::Within));
            found.report = Some(report);
            found
        }
        Err(error) => found.blocked_by(Blocked::Store, FileTrouble::StoreUnusable, error),
    }
}

const fn trouble_of_key(error: &ReadError) -> FileTrouble {
    match error {
        ReadError::Absent => FileTrouble::KeyMissing,
        ReadError::Length(_) => FileTrouble::KeyDamaged,
        ReadError::OthersCanRead => FileTrouble::KeyExposed,
        _ => FileTrouble::KeyUnusable,
    }
}

const fn trouble_of_file(error: OpenError) -> FileTrouble {
    match error {
        OpenError::SymbolicLink => FileTrouble::StoreLink,
        OpenError::NotADatabase
        | OpenError::Foreign { .. }
        | OpenError::ForeignSchema
        | OpenError::NotAFile => FileTrouble::StoreForeign,
        OpenError::Newer { .. } => FileTrouble::StoreNewer,
        OpenError::Damaged => FileTrouble::StoreDamaged,
        _ => FileTrouble::StoreUnusable,
    }
}

const fn trouble_of_world(error: WorldError) -> FileTrouble {
    match error {
        WorldError::Store(CoreError::StoreNewer) => FileTrouble::StoreNewer,
        WorldError::Store(CoreError::StoreOfLab | CoreError::StoreNotOfLab) => FileTrouble::StoreForeign,
        WorldError::Store(CoreError::StoreUnreadable) => FileTrouble::WrongDeviceKey,
        WorldError::Store(CoreError::StoreRolledBack) => FileTrouble::RolledBack,
        // Tables without a header or a passkey: it was never set up.
        WorldError::Setup(_) => FileTrouble::StoreMissing,
        _ => FileTrouble::StoreUnusable,
    }
}

/// Whether its owner may not write a file that is there. The administrator may write everything, so its mode is asked too.
fn may_not_be_written(file: &Path) -> bool {
    let Ok(about) = file.symlink_metadata() else { return false };
    let refused = |error: std::io::Error| {
        matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    };
    about.is_file()
        && (about.permissions().readonly() || File::options().write(true).open(file).is_err_and(refused))
}

/// Whether the key itself lies in the store's folder, under whatever name.
fn has_copy_beside(store: &Path, key: &DeviceKey) -> bool {
    let Some(Ok(folder)) = store.parent().map(fs::read_dir) else { return false };
    folder.flatten().any(|file| holds(&file.path(), key.expose()).unwrap_or(false))
}

fn holds(path: &Path, key: &[u8]) -> std::io::Result<bool> {
    let length = u64::try_from(key.len()).unwrap_or(u64::MAX);
    let about = path.symlink_metadata()?;
    if !about.is_file() || about.len() != length {
        return Ok(false);
    }
    let mut content = Zeroizing::new(Vec::with_capacity(key.len()));
    File::open(path)?.take(length).read_to_end(&mut content)?;
    Ok(content.as_slice() == key)
}
