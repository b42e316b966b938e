//! The device key in a file: 32 random bytes that only their owner can read.
//!
//! This is the weakest home a device key can have: whoever can read the file and the store has the passkeys in it.
//! That is why it is called "file" protection wherever protection is shown.

use crate::exit::Failure;
use crate::log::Log;
use crate::paths;
use authenticator_core::DeviceKey;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

const LENGTH: usize = 32;

/// Reads the key in `path`; where there is none and `may_make`, makes one.
pub(crate) fn load(path: &Path, may_make: MayMake, log: Log) -> Result<DeviceKey, Failure> {
    let found = match read(path) {
        Err(ReadError::Absent) if may_make == MayMake::Yes => {
            // Whichever of several processes was first: all of them use what is in the file now.
            make(path).and_then(|()| read(path)).inspect(|_| log.note("made a device key file"))
        }
        found => found,
    };
    found.map_err(|error| error.explain(path))
}

/// Whether a missing key may be made: not for a store that is there already, to which no new key fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MayMake {
    Yes,
    No,
}

/// What can be wrong with a key file.
#[derive(Debug)]
pub(crate) enum ReadError {
    Absent,
    Length(usize),
    OthersCanRead,
    Link,
    Io(std::io::Error),
    NoRandomness,
    Folder(Failure),
}

impl ReadError {
    pub(crate) fn explain(self, path: &Path) -> Failure {
        let path = crate::display::display(&path.to_string_lossy(), 200);
        Failure::Key(match self {
            Self::Absent => format!(
                "the device key of this store is missing: {path}. Put back the file the store was made with. A store \
                 that was moved needs its key file moved to this name as well"
            ),
            Self::Length(length) => {
                format!(
                    "{path} is no device key: it has {length} bytes instead of {LENGTH}; put back the right file"
                )
            }
            Self::OthersCanRead => {
                format!(
                    "others can read the device key {path}; if nobody else has, make it private: chmod 600"
                )
            }
            Self::Link => format!("the device key {path} is not a plain file; put the file itself there"),
            Self::Io(error) => format!("the device key {path} cannot be read or written: {}", error.kind()),
            Self::NoRandomness => "the operating system gives no randomness; nothing was made".to_owned(),
            Self::Folder(failure) => format!("the folder of {path} cannot be made: {failure}"),
        })
    }
}

/// Reads the key in `path`.
pub(crate) fn read(path: &Path) -> Result<DeviceKey, ReadError> {
    let about = match path.symlink_metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(ReadError::Absent),
        Err(error) => return Err(ReadError::Io(error)),
    };
    if !about.is_file() {
        return Err(ReadError::Link);
    }
    let file = File::open(path).map_err(ReadError::Io)?;
    check_private(&file)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH + 1));
    // One more than there should be: a longer file is no key.
    let more = u64::try_from(LENGTH + 1).unwrap_or(u64::MAX);
    file.take(more).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    let mut key = <[u8; LENGTH]>::try_from(bytes.as_slice()).map_err(|_| ReadError::Length(bytes.len()))?;
    let device_key = DeviceKey::new(key);
    key.zeroize();
    Ok(device_key)
}

#[cfg(unix)]
fn check_private(file: &File) -> Result<(), ReadError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(ReadError::Io)?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(ReadError::OthersCanRead) }
}

/// Elsewhere the user's own configuration folder is what keeps others out.
#[cfg(not(unix))]
fn check_private(_: &File) -> Result<(), ReadError> {
    Ok(())
}

/// Puts a new key into `path`, unless another process is first. It gets this name only when it is complete: a crash or a
/// full disk leaves one under another name at worst, which nobody reads.
fn make(path: &Path) -> Result<(), ReadError> {
    let mut key = Zeroizing::new([0; LENGTH]);
    getrandom::fill(key.as_mut_slice()).map_err(|_| ReadError::NoRandomness)?;
    let Some(folder) = path.parent() else { return Err(ReadError::Link) };
    paths::make_folder(folder).map_err(ReadError::Folder)?;
    // Under a name that did not exist, for its owner only (0600), and gone on every way out but the last.
    let mut file =
        tempfile::Builder::new().prefix(".unfinished-").tempfile_in(folder).map_err(ReadError::Io)?;
    file.write_all(key.as_slice()).and_then(|()| file.as_file().sync_all()).map_err(ReadError::Io)?;
    match file.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != ErrorKind::AlreadyExists => {
            return Err(ReadError::Io(refused.error));
        }
        _ => {}
    }
    sync_folder(folder).map_err(ReadError::Io)
}

/// Makes a new file's name outlast a crash: a store whose key is gone is lost. Its folder may be as new as the file; not
/// everyone may open what lies above that.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if let Some(Ok(above)) = folder.parent().map(File::open) {
        above.sync_all()?;
    }
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file is.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
