//! What a passkey provider does: ceremonies that outlive its process, and passkeys that are listed, named and deleted.
//!
//! # What it is
//! A [`Ceremony`]: a registration or a sign-in that can be saved and taken up again, once, in another process. Functions
//! over a [`World`](authenticator_host::World): the [`catalogue`], newest first and in pages if need be, with what a person wants to
//! know of each passkey; [`rename`], which gives a passkey a [`Label`] of its owner's and leaves the site's names alone;
//! deletion in two steps ([`prepare_delete`], [`DeleteToken::confirm`]); what is known of a registration at its site ([`mark`],
//! [`confirm`], [`take_note`]); [`reset`]; the [`doctor()`], which finds what is wrong with a store and mends what it is
//! told to.
//!
//! # What it is not
//! A user interface or a store. Nothing here is told to the site: a site lists a passkey until its owner removes it
//! there as well, and [`Removed`] says where. Nothing a type of this crate prints with `{:?}` contains a name, a handle
//! or a key.
//!
//! # Example
//! A fresh provider has nothing to list:
//! ```
//! use authenticator_core::{DeviceKey, Profile};
//! use authenticator_host::{HashMapStore, SystemClock, World, os_rng};
//! use authenticator_provider::{Error, Label, catalogue, doctor};
//!
//! let (profile, key) = (Profile::phone([0; 16]), DeviceKey::new([7; 32]));
//! let mut world = World::open(profile, &key, HashMapStore::default(), os_rng(), SystemClock::default())?;
//! assert!(catalogue(&mut world)?.is_empty());
//! assert!(doctor(&mut world)?.is_healthy());
//!
//! assert_eq!(Label::new("Work laptop")?.as_str(), "Work laptop");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalogue;
pub mod ceremony;
mod doctor;
mod error;
mod evidence;
mod hidden;
mod label;
mod manage;
#[cfg(test)]
mod scenes;

pub use catalogue::{CataloguePage, Item, Notes, Passkey, Protection, State, catalogue, catalogue_page};
pub use ceremony::{Ceremony, CeremonyError, CeremonyId, Phase, complete};
pub use doctor::{Diagnosis, Repair, Report, Severity, Trouble, doctor};
pub use error::Error;
pub use evidence::take_note;
pub use hidden::is_hidden;
pub use label::{Label, LabelError, MAX_LABEL};
pub use manage::{DeleteToken, Mark, Removed, confirm, mark, prepare_delete, rename, reset};
