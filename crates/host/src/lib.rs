//! Drives `authenticator-core` on a host with an operating system.
//!
//! # What it is
//! The loop that answers a command's steps, twice: [`blocking`] and [`asynchronous`], each about twenty lines over the same
//! steps. The [`World`] a command runs in: authenticator, session, store, randomness, clock. A store in memory for any
//! number of records ([`HashMapStore`]). What joins `authenticator-transport` and the core to a security key ([`hid`]).
//!
//! # What it is not
//! A USB stack or a socket, a store on disk (`authenticator-store-sqlite`) or a user interface: those are given to it.
//!
//! # Example
//! A security key in memory whose user approves everything, and which is asked which one it is:
//! ```
//! use authenticator_core::{Command, Context, DeviceKey, Gesture, NeedsUser, Profile, Requester};
//! use authenticator_host::{HashMapStore, SoftwareKeys, SystemClock, World, blocking, os_rng};
//!
//! let profile = Profile::security_key([0; 16]);
//! let mut world = World::open(profile, &DeviceKey::new([7; 32]), HashMapStore::default(), os_rng(), SystemClock::default())?;
//! let mut approve = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::TOUCH);
//! let done = blocking::run(&mut world, &mut approve, &mut SoftwareKeys, |cx| {
//!     Command::Selection.begin(cx, Requester::default())
//! });
//! assert!(done.result.is_ok());
//! # Ok::<(), authenticator_host::OpenError>(())
//! ```

mod anchor;
pub mod asynchronous;
pub mod blocking;
mod clock;
mod hash_map;
pub mod hid;
mod keys;
mod world;

pub use anchor::{Anchor, Anchored, FileAnchor};
pub use clock::{Clock, PluggedClock, SystemClock};
pub use hash_map::HashMapStore;
#[cfg(feature = "fast-keys")]
pub use keys::FastKeys;
pub use keys::{Keys, SoftwareKeys};
pub use world::{OpenError, World};

use rand_core::{CryptoRng, UnwrapErr};

/// The operating system's randomness. It panics where the system has none, which is no place for an authenticator.
#[must_use]
pub fn os_rng() -> impl CryptoRng + Send {
    UnwrapErr(getrandom::SysRng)
}
