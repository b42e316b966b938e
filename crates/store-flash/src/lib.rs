//! Keeps the sealed records of `authenticator-core` in NOR flash, without an allocator.
//!
//! # What it is
//! [`FlashStore`], a [`Store`](authenticator_core::store::Store) on whatever implements
//! [`NorFlash`](embedded_storage::nor_flash::NorFlash): the flash of a microcontroller, or a chip beside it. A change set
//! takes effect in full or not at all, and stays once it has: through a loss of power at any word that is written and any
//! page that is erased, and though the word that was being written may read differently each time it is looked at. No
//! word is written twice, but for one that a cut has torn and that reads as erased: it is written again with the same bits.
//! Flash with check bits may refuse that, and loses one commit by it, which fails. Pages wear evenly. After a reset nothing
//! of what was there is left; what else is removed or replaced lies there, sealed, until the log moves to the other bank.
//!
//! # What it is not
//! Encryption: the core seals what it puts in here. A file system either, or a driver: it takes a flash driver from the
//! microcontroller's own crates, and expects of it what `embedded-storage` does, and that words are programmed in order.
//!
//! # Example
//! A security key with room for sixteen credentials and the header, in 64 KiB of flash:
//! ```
//! use authenticator_core::{DeviceKey, Profile};
//! use authenticator_host::{SystemClock, World, os_rng};
//! use authenticator_store_flash::{FlashStore, RamFlash};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let flash = RamFlash::<65536>::new();
//! let store = FlashStore::<_, 17>::open(flash)?;
//! let profile = Profile::security_key([0; 16]);
//! let _world = World::open(profile, &DeviceKey::new([7; 32]), store, os_rng(), SystemClock::default())?;
//! # Ok(())
//! # }
//! ```

#![no_std]

mod claim;
mod crc;
mod entry;
mod error;
mod frame;
mod geometry;
mod index;
mod log;
mod open;
mod ram;
mod rehearsal;
mod store;

pub use error::OpenError;
pub use ram::RamFlash;
pub use store::FlashStore;
