//! Files with a secret in them.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

/// What is in the file, which is wiped, and of which there is one byte more than `longest` at most. It may be a pipe.
///
/// # Errors
/// Why it cannot be used: others can read it, or it cannot be read.
pub(super) fn read(path: &Path, longest: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {}", error.kind());
    let file = File::open(path).map_err(cannot)?;
    check_private(&file)?;
    // Room for all of it at once: what grows leaves copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(longest + 1));
    let more = u64::try_from(longest + 1).unwrap_or(u64::MAX);
    file.take(more).read_to_end(&mut content).map_err(cannot)?;
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
