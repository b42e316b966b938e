//! `--pin-file`: the PIN of a device that has none yet.

use super::private_file;
use crate::display::display;
use crate::exit::Failure;
use authenticator_core::store::Store;
use authenticator_core::{Error, Manage, PinError};
use authenticator_host::{Clock, World, blocking};
use rand_core::CryptoRng;
use std::io::Write;
use std::path::Path;

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
    let content = private_file::read(path, LONGEST).map_err(|problem| unusable(&problem))?;
    if content.len() > LONGEST {
        return Err(unusable("a PIN has at most 63 bytes"));
    }
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
