//! `--pin-file`: the PIN of a device that has none yet.

use crate::display::display;
use crate::exit::Failure;
use authenticator_core::store::Store;
use authenticator_core::{Error, Manage, PinError};
use authenticator_host::{Clock, World, blocking};
use rand_core::CryptoRng;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// No PIN has more bytes, and a line may end with two more.
const LONGEST: usize = 63 + 2;

/// Sets the PIN in this file. A device that has one keeps it, whatever is in the file: which of them it is, only a client that
/// spends an attempt at it may find out. It is said on stderr then.
pub(super) fn set<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    path: &Path,
) -> Result<(), Failure> {
    let shown = display(&path.to_string_lossy(), 200);
    let unusable = |problem: &str| Failure::Usage(format!("--pin-file {shown}: {problem}"));
    if world.authenticator.profile().client_pin.is_none() {
        return Err(unusable("this device has no PINs"));
    }
    let content = read(path).map_err(|problem| unusable(&problem))?;
    let text = std::str::from_utf8(&content).map_err(|_| unusable("a PIN is text in UTF-8"))?;
    // No client types one, so nobody would ever get this PIN right.
    if text.starts_with('\u{FEFF}') {
        return Err(unusable("it begins with a byte order mark; write it without"));
    }
    match blocking::manage(world, Manage::SetPin(text.trim_end_matches(['\r', '\n']))) {
        Ok(()) => Ok(()),
        Err(Error::Pin(PinError::AlreadySet)) => {
            let note =
                b"authenticator: this device has a PIN already, which stays; the PIN file was not used\n";
            // Whoever cannot see it cannot be told.
            let _ = std::io::stderr().write_all(note);
            Ok(())
        }
        Err(Error::Pin(PinError::Policy)) => {
            Err(unusable("this device takes no such PIN: it is too short, too long or too simple"))
        }
        Err(error) => Err(Failure::Store(error.to_string())),
    }
}

/// What is in the file, which is wiped. It may be a pipe.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {}", error.kind());
    let file = File::open(path).map_err(cannot)?;
    check_private(&file)?;
    // Room for all of it at once: what grows leaves copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let more = u64::try_from(LONGEST + 1).unwrap_or(u64::MAX);
    file.take(more).read_to_end(&mut content).map_err(cannot)?;
    if content.len() > LONGEST {
        return Err("a PIN has at most 63 bytes".to_owned());
    }
    Ok(content)
}

#[cfg(unix)]
fn check_private(file: &File) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode =
        file.metadata().map_err(|error| format!("cannot be read: {}", error.kind()))?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err("others can read it; make it private: chmod 600".to_owned()) }
}

/// Elsewhere the user's own folders are what keeps others out.
#[cfg(not(unix))]
fn check_private(_: &File) -> Result<(), String> {
    Ok(())
}
