//! A memory outside the store, which tells an older copy of it from the newest.

use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, CommitKind, Lookup, Query, Store, StoreError, Visit,
};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A number that only rises, kept where whoever can put an old store back cannot put the number back too: a platform's
/// keystore, a TPM's counter, another disk.
pub trait Anchor {
    /// The number; 0 at first.
    ///
    /// # Errors
    /// When it cannot be told. The store is not opened then.
    fn read(&self) -> io::Result<u64>;

    /// Raises the number to `to`, unless it is there already. When it returns `Ok`, the number survives a loss of power.
    ///
    /// # Errors
    /// When it could not be raised. The commit that it was to follow stands, and the next one tries again.
    fn advance(&mut self, to: u64) -> io::Result<()>;
}

/// A store with an [`Anchor`]: an older copy of the store is refused when it is opened; and where one was put in its place
/// since, by its next commit.
///
/// The anchor follows every commit but the hints, which may be lost. A crash between the two leaves the store ahead, which
/// is no roll-back; so putting back the copy from before that one commit goes unnoticed.
#[derive(Clone, Debug, Default)]
pub struct Anchored<S, A> {
    /// The store.
    pub store: S,
    /// What knows how far it has come.
    pub anchor: A,
}

impl<S, A: Anchor> Anchored<S, A> {
    /// A store with an anchor that has been seen to work. One that cannot be raised would protect nothing, and say nothing.
    ///
    /// # Errors
    /// When the anchor could not be read, or not be raised to what it has.
    pub fn new(store: S, mut anchor: A) -> io::Result<Self> {
        let reached = anchor.read()?;
        anchor.advance(reached)?;
        Ok(Self { store, anchor })
    }
}

impl<S: Lookup, A: Anchor> Lookup for Anchored<S, A> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.store.last_commit()
    }

    fn anchored(&self) -> Result<u64, StoreError> {
        self.anchor.read().map_err(|_| StoreError::Failed)
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        self.store.room()
    }
}

impl<S: Store, A: Anchor> Store for Anchored<S, A> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        if changes.kind() == CommitKind::Hint {
            return self.store.commit(changes);
        }
        // Another process was faster, or the store is an older copy by now: the core looks which.
        if self.anchor.read().is_ok_and(|reached| changes.commit_number() <= reached) {
            return Err(CommitError::Conflict);
        }
        self.store.commit(changes)?;
        // It has taken effect. An anchor that lags behind is raised by the next commit.
        let _ = self.anchor.advance(changes.commit_number());
        Ok(())
    }
}

/// An anchor in a file. It is worth as much as the place it lies in: not in the store's folder, and not in its backups.
pub struct FileAnchor {
    path: PathBuf,
}

impl FileAnchor {
    /// The anchor in this file, which is made by the first [`advance`](Anchor::advance).
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }
}

impl Anchor for FileAnchor {
    fn read(&self) -> io::Result<u64> {
        match File::open(&self.path) {
            Ok(mut file) => {
                file.lock_shared()?;
                Ok(Slots::read(&mut file)?.number())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn advance(&mut self, to: u64) -> io::Result<()> {
        let is_new = !self.path.try_exists()?;
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        if is_new {
            sync_folder(&self.path)?;
        }
        file.lock()?;
        let slots = Slots::read(&mut file)?;
        if slots.number() >= to {
            return Ok(());
        }
        file.seek(SeekFrom::Start(slots.older()))?;
        file.write_all(&[to.to_be_bytes(), to.to_be_bytes()].concat())?;
        file.sync_all()
    }
}

/// A file survives a loss of power once its folder knows of it.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file, and the file system sees to it.
#[cfg(not(unix))]
const fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The file's two slots. Each has a number twice, so that one that was cut while it was written counts for nothing; the
/// other still has the number from before.
struct Slots([Option<u64>; 2]);

const SLOT: usize = 16;

impl Slots {
    fn read(file: &mut File) -> io::Result<Self> {
        let mut bytes = Vec::with_capacity(SLOT.saturating_mul(2));
        file.take(SLOT.saturating_mul(2).try_into().unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        let (first, second) = bytes.split_at_checked(SLOT).unwrap_or((&bytes, &[]));
        let slots = [first, second].map(|slot| {
            let (number, again) = slot.split_first_chunk::<8>()?;
            (number == again).then(|| u64::from_be_bytes(*number))
        });
        // A file with something in it and no number is not an anchor, or is damaged beyond what a cut does.
        if slots == [None, None] && bytes.len() > SLOT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "this is not an anchor"));
        }
        Ok(Self(slots))
    }

    fn number(&self) -> u64 {
        self.0.iter().flatten().copied().max().unwrap_or(0)
    }

    /// Where the slot with the lower number begins.
    fn older(&self) -> u64 {
        let [first, second] = self.0;
        if first <= second { 0 } else { SLOT.try_into().unwrap_or(0) }
    }
}

impl fmt::Debug for FileAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileAnchor")
    }
}
