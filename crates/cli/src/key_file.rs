//! The device key in a file: 32 random bytes that only their owner can read.
//!
//! This is the weakest home a device key can have: whoever can read the file and the store has the passkeys in it.
//! That is why it is called "file" protection wherever protection is shown.

use crate::exit::Failure;
use crate::log::Log;
use crate::paths;
use authenticator_core::DeviceKey;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

const LENGTH: usize = 32;

/// Reads the key in `path`; where there is none and `may_make`, makes one.
pub(crate) fn load(path: &Path, may_make: MayMake, log: Log) -> Result<DeviceKey, Failure> {
    match read(path) {
        Err(ReadError::Absent) if may_make == MayMake::Yes => match make(path) {
            Err(ReadError::Exists) => read_when_written(path).map_err(|error| error.explain(path)),
            made => {
                log.note("made a device key file");
                made.map_err(|error| error.explain(path))
            }
        },
        result => result.map_err(|error| error.explain(path)),
    }
}

/// Whether a missing key may be made: not for a store that is there already, to which no new key fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MayMake {
    Yes,
    No,
}

/// What can be wrong with a key file.
#[derive(Debug)]
enum ReadError {
    Absent,
    Exists,
    Length(usize),
    OthersCanRead,
    Link,
    Io(std::io::Error),
    NoRandomness,
    Folder(Failure),
}

impl ReadError {
    fn explain(self, path: &Path) -> Failure {
        let path = crate::display::display(&path.to_string_lossy(), 200);
        Failure::Key(match self {
            Self::Absent => format!(
                "the device key of this store is missing: {path}. Put back the file the store was made with. A store \
                 that was moved needs its key file moved to this name as well"
            ),
            Self::Exists => format!("another process is making {path}; try again"),
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

fn read(path: &Path) -> Result<DeviceKey, ReadError> {
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

fn make(path: &Path) -> Result<DeviceKey, ReadError> {
    let mut key = Zeroizing::new([0; LENGTH]);
    getrandom::fill(key.as_mut_slice()).map_err(|_| ReadError::NoRandomness)?;
    if let Some(folder) = path.parent() {
        paths::make_folder(folder).map_err(ReadError::Folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => ReadError::Exists,
        _ => ReadError::Io(error),
    })?;
    file.write_all(key.as_slice()).and_then(|()| file.sync_all()).map_err(ReadError::Io)?;
    Ok(DeviceKey::new(*key))
}

/// Another process has just made the file and may not have written it yet.
fn read_when_written(path: &Path) -> Result<DeviceKey, ReadError> {
    for _ in 0..50 {
        match read(path) {
            Err(ReadError::Length(length)) if length < LENGTH => {
                std::thread::sleep(Duration::from_millis(10))
            }
            result => return result,
        }
    }
    Err(ReadError::Exists)
}

#[cfg(test)]
mod tests;
