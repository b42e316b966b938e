//! The file itself: where it really is, what it may be, and who may read it.

use crate::error::OpenError;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The file's path with its folder resolved. Folders may be symbolic links (`/tmp` is one on Apple), the file may not:
/// the log lies beside it, and two names for one file would make two logs.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let name = path.file_name().ok_or(OpenError::NotAFile)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match canonical(folder) {
        Ok(folder) if folder.is_dir() => Ok(folder.join(name)),
        Ok(_) => Err(OpenError::NoFolder),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(OpenError::NoFolder)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(windows))]
fn canonical(folder: &Path) -> std::io::Result<PathBuf> {
    folder.canonicalize()
}

/// The canonical form of a Windows path is a verbatim one, which SQLite's URIs cannot name.
#[cfg(windows)]
fn canonical(folder: &Path) -> std::io::Result<PathBuf> {
    std::path::absolute(folder)
}

/// Whether the file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is.
    File,
    /// Nothing is.
    Nothing,
}

/// Refuses links and whatever is not a file, the store's own and those beside it.
pub(crate) fn inspect(path: &Path) -> Result<Found, OpenError> {
    for suffix in BESIDE {
        inspect_one(&beside(path, suffix))?;
    }
    let found = inspect_one(path)?;
    // SQLite takes a file of one byte for an empty one and would write over it. Its pages have 512 bytes at least.
    let is_stub = found == Found::File && (1..512).contains(&fs::symlink_metadata(path)?.len());
    if is_stub && !is_half_made(path) {
        return Err(OpenError::NotADatabase);
    }
    Ok(found)
}

/// Whether a loss of power interrupted the making of this file, so that it may hold anything: SQLite's journal says that it
/// was empty before, and SQLite will make it so again.
pub(crate) fn is_half_made(path: &Path) -> bool {
    const MAGIC: [u8; 8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7];
    // The magic, how many pages are kept, a nonce, how many pages the file had.
    let mut head = [0; 20];
    let read = File::open(beside(path, "-journal")).and_then(|mut journal| journal.read_exact(&mut head));
    read.is_ok() && head.starts_with(&MAGIC) && head.ends_with(&[0; 4])
}

/// Whether there is a log with anything in it beside the file.
pub(crate) fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

fn inspect_one(path: &Path) -> Result<Found, OpenError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.file_type().is_symlink() => Err(OpenError::SymbolicLink),
        Ok(metadata) if !metadata.is_file() => Err(OpenError::NotAFile),
        Ok(_) => Ok(Found::File),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// Makes the file, empty and its owner's alone. SQLite gives the files beside it the same mode.
pub(crate) fn create(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
    match options.open(path) {
        // The umask may have taken more away than it should.
        Ok(_) => restrict(path),
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Takes everybody else's permissions away, also from the files beside it.
pub(crate) fn restrict_all(path: &Path) -> Result<(), OpenError> {
    BESIDE.iter().map(|suffix| beside(path, suffix)).try_for_each(|path| restrict(&path))?;
    restrict(path)
}

/// Read and write for the owner, nothing for others.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

#[cfg(unix)]
fn restrict(path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::PermissionsExt;
    let restricted = fs::metadata(path).and_then(|metadata| {
        let mode = metadata.permissions().mode();
        if mode & 0o777 == OWNER_ONLY {
            return Ok(());
        }
        fs::set_permissions(path, fs::Permissions::from_mode(OWNER_ONLY))
    });
    match restricted {
        // The files beside it come and go with the connections of other processes.
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Elsewhere a file inherits who may read it from its folder.
#[cfg(not(unix))]
fn restrict(_: &Path) -> Result<(), OpenError> {
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The URI under which SQLite reads the file as it lies there: no lock, no recovery of a log, nothing written.
pub(crate) fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    let bytes = path.as_os_str().as_encoded_bytes();
    if !bytes.starts_with(b"/") {
        uri.push('/'); // a drive letter
    }
    for byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'-' | b'_' | b':' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

#[cfg(test)]
mod tests;
