//! Keeps the sealed records of `authenticator-core` in an SQLite file.
//!
//! # What it is
//! [`SqliteStore`], a [`Store`](authenticator_core::store::Store) on disk. What it has committed survives a loss of power
//! (WAL, `synchronous = FULL`, `fullfsync` on Apple); what it has deleted is overwritten (`secure_delete`, and the log is
//! cut after a removal). Several processes may have it open: each commit checks its preconditions under the write lock.
//! A file that is not ours is refused and left as it was; a record that was tampered with is handed on, for the core to
//! reject.
//!
//! # What it is not
//! Encryption: the core seals what it puts in here, and a file without its device key says only how many records there
//! are and when they changed. A store for network file systems either, which WAL cannot use.
//!
//! # Example
//! A security key on disk, set up by the first opening and found again by the second:
//! ```
//! use authenticator_core::{DeviceKey, Profile};
//! use authenticator_host::{SystemClock, World, os_rng};
//! use authenticator_store_sqlite::SqliteStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("passkeys.db");
//! for _ in 0..2 {
//!     let store = SqliteStore::open(&path)?;
//!     let profile = Profile::security_key([0; 16]);
//!     let _world = World::open(profile, &DeviceKey::new([7; 32]), store, os_rng(), SystemClock::default())?;
//! }
//! # Ok(())
//! # }
//! ```

mod check;
mod commit;
mod error;
mod file;
mod open;
mod read;
mod schema;
mod store;

pub use check::FileCheck;
pub use error::OpenError;
pub use store::SqliteStore;

#[cfg(test)]
mod test_support;
