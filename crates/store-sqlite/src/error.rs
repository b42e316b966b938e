//! What can go wrong, and what SQLite's result codes mean here.

use authenticator_core::store::{CommitError, StoreError};
use rusqlite::{Error, ErrorCode, ffi};
use std::fmt;
use std::io;

/// Why a store could not be opened. A file that is not ours is left as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such file, and it was to be opened for reading only.
    Missing,
    /// The folder the file is to be in does not exist.
    NoFolder,
    /// The path, or the log beside it, is a symbolic link.
    SymbolicLink,
    /// The path names something that is not a file.
    NotAFile,
    /// The file is not an SQLite database.
    NotADatabase,
    /// The file is a database, but a damaged one.
    Damaged,
    /// An SQLite database of another program.
    Foreign {
        /// That program's application id; 0 when it has none.
        application_id: i32,
    },
    /// The file says it is ours, but its tables are not those we make.
    ForeignSchema,
    /// Written by a later version of this library.
    Newer {
        /// The version of its schema.
        version: i32,
    },
    /// The file has yet to be set up or brought up to date, and may only be read.
    NeedsWriting,
    /// The operating system does not let us at the file, or at the log beside it.
    Permission,
    /// There is no room to set the store up, or for the log's index.
    Full,
    /// Another process holds the store; try again.
    Busy,
    /// The file system has not what several processes need to share a database.
    NoWal,
    /// The operating system failed.
    Io(io::ErrorKind),
    /// SQLite failed, with this extended result code.
    Sqlite(i32),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no store at this path; open it for writing to make one",
            Self::NoFolder => "the folder of the store does not exist; make it first",
            Self::SymbolicLink => "the store or its log is a symbolic link; give the path of the file itself",
            Self::NotAFile => "the path of the store names something that is not a file",
            Self::NotADatabase => "the file is not a store; choose another path",
            Self::Damaged => "the store is damaged; restore a copy of it",
            Self::Foreign { .. } => "the file is a database of another program; choose another path",
            Self::ForeignSchema => "the tables of the store have been changed; restore it from before that",
            Self::Newer { version } => {
                return write!(f, "the store has version {version} of its format; update this program");
            }
            Self::NeedsWriting => "the store has to be set up or updated first; open it for writing once",
            Self::Permission => {
                "the store may not be opened; check the permissions of the file and of its folder"
            }
            Self::Full => "the disk is full; free some space",
            Self::Busy => "the store is held by another process; try again",
            Self::NoWal => "the file system cannot hold the store; choose a folder on a local disk",
            Self::Io(kind) => return write!(f, "the store could not be opened: {kind}"),
            Self::Sqlite(code) => return write!(f, "the store could not be opened: SQLite error {code}"),
        })
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission,
            io::ErrorKind::StorageFull => Self::Full,
            kind => Self::Io(kind),
        }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged,
            Some(ErrorCode::CannotOpen) if extended_code(&error) == ffi::SQLITE_CANTOPEN_SYMLINK => {
                Self::SymbolicLink
            }
            Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Self::Permission,
            Some(ErrorCode::ReadOnly) => Self::NeedsWriting,
            Some(ErrorCode::DiskFull) => Self::Full,
            // The log's index, 32 KiB, could not be made: as a rule for want of room.
            Some(ErrorCode::SystemIoFailure) if extended_code(&error) == ffi::SQLITE_IOERR_SHMSIZE => {
                Self::Full
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Sqlite(extended_code(&error)),
        }
    }
}

fn extended_code(error: &Error) -> i32 {
    error.sqlite_error().map_or(ffi::SQLITE_ERROR, |error| error.extended_code)
}

/// What a failed read is to the core.
pub(crate) fn reading(error: &Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Failed,
    }
}

/// What a failed statement of a commit is to the core, the transaction having been rolled back.
pub(crate) fn writing(error: &Error) -> CommitError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => CommitError::Busy,
        Some(ErrorCode::DiskFull) => CommitError::Full,
        // The file was moved or deleted under us: making it writable would not help.
        Some(ErrorCode::ReadOnly) if extended_code(error) == ffi::SQLITE_READONLY_DBMOVED => {
            CommitError::Failed
        }
        Some(ErrorCode::ReadOnly) => CommitError::ReadOnly,
        _ => CommitError::Failed,
    }
}

/// What a failed COMMIT is to the core. When the disk failed, the last frame of the log may lie there all the same and
/// be found by a recovery after a loss of power; only the store's last commit will tell.
pub(crate) fn committing(error: &Error) -> CommitError {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => CommitError::InDoubt,
        _ => writing(error),
    }
}
