//! The store in an SQLite file, with its log.

use authenticator_core::store::{ChangeSet, Lookup, Query, RecordKind, Store};
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::contract::{Fixture, Judge, Kept, Reason, Room};
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc;
use tempfile::TempDir;

/// A folder with the file and what SQLite keeps beside it.
pub(crate) struct Folder(TempDir);

const FILE: &str = "passkeys.db";
const LOG: &str = "passkeys.db-wal";

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A folder with this file and this log in it.
    fn with(file: &[u8], log: &[u8]) -> Self {
        let folder = Self::new();
        fs::write(folder.path(FILE), file).unwrap();
        if !log.is_empty() {
            fs::write(folder.path(LOG), log).unwrap();
        }
        folder
    }

    /// The file and its log as others see them now. What SQLite keeps in shared memory is gone with the processes.
    fn contents(&self) -> (Vec<u8>, Vec<u8>) {
        (fs::read(self.path(FILE)).unwrap(), fs::read(self.path(LOG)).unwrap_or_default())
    }
}

impl Fixture for Folder {
    type Store = SqliteStore;
    const NAME: &'static str = "SQLite";

    fn new() -> Self {
        Self(folder(1))
    }

    fn open(&mut self) -> Self::Store {
        SqliteStore::open(&self.path(FILE)).unwrap()
    }

    fn kill(&mut self, store: Self::Store) -> Result<(), Reason> {
        // What a dead process leaves is what the operating system has of its files; closing would tidy up.
        let (file, log) = self.contents();
        drop(store);
        *self = Self::with(&file, &log);
        Ok(())
    }

    fn copy(&mut self) -> Result<Self, Reason> {
        let copy = Self::new();
        for entry in fs::read_dir(self.0.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.0.path().join(entry.file_name())).unwrap();
        }
        Ok(copy)
    }

    fn cut(&mut self, changes: &ChangeSet, judge: Judge<'_, Self>) -> Result<&'static str, Reason> {
        let Committed { file, log, folded } = Committed::of(self, changes);
        let page = usize::from(u16::from_be_bytes([file[16], file[17]]));
        let frame = 24 + page;
        let frames = (log.len() - 32) / frame;
        assert_eq!(log.len(), 32 + frames * frame, "whole frames");
        // Into the log: cut between frames, in their heads, and in their pages, of which the rest may be anything.
        for (count, more) in
            (0..frames).flat_map(|count| [0, 12, 24, 24 + page / 2].map(|more| (count, more)))
        {
            let length = 32 + count * frame + more;
            judge(Self::with(&file, &log[..length]), &format!("{more} bytes into frame {count} of {frames}"));
            let mut torn = log.clone();
            torn[length..].fill(0xA5);
            judge(Self::with(&file, &torn), &format!("torn {more} bytes into frame {count} of {frames}"));
        }
        judge(Self::with(&file, &log[..16]), "in the head of the log");
        judge(Self::with(&file, &log), "after the last frame");
        // Out of the log into the file: cut between pages and in them, and before the log is cut off.
        for (place, written) in folded.chunks(page).enumerate() {
            for length in [page / 2, written.len()] {
                let mut part = file.clone();
                part.resize(part.len().max(folded.len()), 0);
                let end = place * page + length;
                part[..end].copy_from_slice(&folded[..end]);
                judge(Self::with(&part, &log), &format!("{length} bytes into page {place} of the file"));
            }
        }
        judge(Self::with(&folded, &[]), "after the log was folded into the file");
        Ok("at every frame of the log and every page of the file")
    }

    fn small() -> Result<Self, Reason> {
        Err(Reason(
            "it is full when its disk is; `a_disk_that_fills_up_loses_nothing` and `a_full_store_keeps_what_it_has_and_goes_on_when_there_is_room` of the crate fill it",
        ))
    }

    fn large() -> (Self, Room) {
        (Self(folder(100)), Room::Unbounded)
    }

    fn kept(&mut self) -> Result<Kept, Reason> {
        let files = fs::read_dir(self.0.path()).unwrap();
        Ok(Kept::Bytes(files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect()))
    }

    fn is_folded(&self) -> Option<bool> {
        Some(fs::metadata(self.path(LOG)).is_ok_and(|log| log.len() == 0))
    }
}

const MEBIBYTE: usize = 1 << 20;

/// A folder with room for so many mebibytes. What is judged here is what the operating system has of a file, not what the disk
/// has: where there is a file system in memory, nothing waits for a disk.
fn folder(room: usize) -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm").ok().filter(|folder| {
        let probe = folder.path().join("probe");
        let fill = fs::File::create(&probe)
            .and_then(|mut file| (0..room).try_for_each(|_| file.write_all(&[0xA5; MEBIBYTE])));
        fs::remove_file(&probe).is_ok() && fill.is_ok()
    });
    in_memory.unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// What a commit leaves at its stages.
struct Committed {
    /// The file, which was not touched yet.
    file: Vec<u8>,
    /// The log with all of the commit.
    log: Vec<u8>,
    /// The file with all of the log.
    folded: Vec<u8>,
}

impl Committed {
    /// Commits in a copy of this folder. Some commits fold the log at once, so a reader stands in the way of that until
    /// the log has been looked at.
    fn of(folder: &mut Folder, changes: &ChangeSet) -> Self {
        let mut copy = folder.copy().unwrap();
        let [mut writer, reader, watcher] = [(); 3].map(|()| copy.open());
        let (mut file, mut log) = (Vec::new(), Vec::new());
        let (go, gone) = mpsc::channel();
        std::thread::scope(|scope| {
            let commit = scope.spawn(move || {
                gone.recv().unwrap();
                writer.commit(changes).unwrap();
            });
            let header = Query::Kind { kind: RecordKind::Header, before: None };
            let read = reader.read(&header, &mut |_| {
                go.send(()).unwrap();
                loop {
                    let has_ended = commit.is_finished();
                    if watcher.last_commit() == Ok(Some(changes.id())) {
                        break;
                    }
                    assert!(!has_ended, "the commit leaves no trace");
                    std::thread::yield_now();
                }
                (file, log) = copy.contents();
                ControlFlow::Break(())
            });
            assert_eq!(read, Ok(ControlFlow::Break(())));
        });
        drop((reader, watcher));
        let (folded, rest) = copy.contents();
        assert!(rest.is_empty(), "the last to close folds the log");
        Self { file, log, folded }
    }
}
