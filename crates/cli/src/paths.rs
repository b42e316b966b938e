//! Where the store and its device key lie: never in the same folder.
//!
//! | | store | device key |
//! |---|---|---|
//! | by default | `<data folder>/authenticator/passkeys.db` | `<configuration folder>/authenticator/device.key` |
//! | another `--store DIR` | `DIR/passkeys.db` | `<configuration folder>/authenticator/<hash of DIR>.key` |
//!
//! The data folder is `$XDG_DATA_HOME` or `~/.local/share` on Linux, the configuration folder `$XDG_CONFIG_HOME` or
//! `~/.config`; other platforms have their own.

use crate::exit::Failure;
use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

/// The places of one store and its key.
#[derive(Debug)]
pub(crate) struct Places {
    /// The store.
    pub(crate) store: PathBuf,
    /// Its device key.
    pub(crate) key: PathBuf,
}

/// Our folder within a platform's.
const FOLDER: &str = "authenticator";

const STORE: &str = "passkeys.db";

/// The name of the default store's key.
const DEFAULT_KEY: &str = "device.key";

impl Places {
    /// The places of the store in `folder`, or of the default one. The store's folder is made if need be.
    pub(crate) fn find(folder: Option<&Path>) -> Result<Self, Failure> {
        let (data, config) = folders()?;
        Self::among(folder.unwrap_or(&data), &data, &config)
    }

    /// The store in `folder`. The default one has the same key however it is named.
    fn among(folder: &Path, default: &Path, keys: &Path) -> Result<Self, Failure> {
        make_folder(folder)?;
        let is_default = match (folder.canonicalize(), default.canonicalize()) {
            (Ok(folder), Ok(default)) => folder == default,
            _ => false,
        };
        Self::within(folder, keys, is_default.then_some(DEFAULT_KEY))
    }

    /// Like [`find`](Self::find), but `None` where there is no store yet; nothing is made.
    pub(crate) fn find_existing(folder: Option<&Path>) -> Result<Option<Self>, Failure> {
        let (data, _) = folders()?;
        let exists = folder.unwrap_or(&data).join(STORE).exists();
        if exists { Self::find(folder).map(Some) } else { Ok(None) }
    }

    /// Like [`find`](Self::find), but for looking only: `None` where there is not even a folder, and nothing is made.
    pub(crate) fn look(folder: Option<&Path>) -> Result<Option<Self>, Failure> {
        let (data, config) = folders()?;
        let folder = folder.unwrap_or(&data);
        if folder.exists() {
            return Self::among(folder, &data, &config).map(Some);
        }
        // A store whose folder is gone may have left its key. Only the default one's has a name that is known without it.
        let default = Self { store: data.join(STORE), key: config.join(DEFAULT_KEY) };
        Ok((*folder == *data).then_some(default))
    }

    /// The store in `folder`, its key in `keys` under this name, or under one made from the store's path.
    pub(crate) fn within(folder: &Path, keys: &Path, key_name: Option<&str>) -> Result<Self, Failure> {
        make_folder(folder)?;
        let folder = folder.canonicalize().map_err(|error| cannot("found", &error))?;
        let store = folder.join(STORE);
        let key_name = key_name.map_or_else(|| key_name_for(&store), str::to_owned);
        if is_same(&folder, keys) {
            let advice = "the store must not lie in the folder of the device keys; choose another --store";
            return Err(Failure::Store(advice.to_owned()));
        }
        Ok(Self { store, key: keys.join(key_name) })
    }
}

/// Whether the store in `folder`, or the default one, is to lie among the device keys.
pub(crate) fn is_folder_of_keys(folder: Option<&Path>) -> Result<bool, Failure> {
    let (data, config) = folders()?;
    let folder = folder.unwrap_or(&data);
    Ok(is_same(&folder.canonicalize().unwrap_or_else(|_| folder.to_owned()), &config))
}

fn is_same(canonical: &Path, keys: &Path) -> bool {
    keys.canonicalize().is_ok_and(|keys| keys == canonical) || *keys == *canonical
}

/// Our folders for data and for configuration.
fn folders() -> Result<(PathBuf, PathBuf), Failure> {
    let strategy = etcetera::base_strategy::choose_native_strategy()
        .map_err(|_| Failure::Store("there is no home folder; say which with HOME".to_owned()))?;
    let (data, config) = (strategy.data_dir().join(FOLDER), strategy.config_dir().join(FOLDER));
    // Where the platform keeps both in one folder, the store gets one of its own.
    let data = if data == config { data.join("store") } else { data };
    Ok((data, config))
}

/// A name that depends on the path only: a store that moves is not found to be the same.
fn key_name_for(store: &Path) -> String {
    let digest = Sha256::digest(store.as_os_str().as_encoded_bytes());
    let mut name = String::new();
    for byte in digest.iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name + ".key"
}

/// The files of a store: its own, and those that SQLite keeps beside it while it is open, or when it was last only read.
pub(crate) fn files_of(store: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = store.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

/// Makes a folder that only its owner can enter; one that is there is left as it is.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| cannot("made", &error))
}

fn cannot(what: &str, error: &std::io::Error) -> Failure {
    Failure::Store(format!(
        "the store's folder cannot be {what}: {}; choose another with --store",
        error.kind()
    ))
}

#[cfg(test)]
mod tests;
