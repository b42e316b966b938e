//! Opening a store with its device key.

use crate::anchor::OwnAnchor;
use crate::args;
use crate::exit::Failure;
use crate::key_file::{self, MayMake};
use crate::log::Log;
use crate::paths::Places;
use crate::prompt::PATIENCE;
use authenticator_core::{BuiltInVerification, Profile};
use authenticator_host::{Anchored, SystemClock, World, os_rng};
use authenticator_store_sqlite::SqliteStore;
use rand_core::CryptoRng;
use std::path::Path;

/// The model of this command line tool: random, and the same in every version (AD-06).
pub(crate) const AAGUID: [u8; 16] =
    [0x8e, 0xfb, 0xf6, 0x78, 0xf6, 0x2b, 0x9e, 0x8f, 0x72, 0x1a, 0xad, 0xd3, 0x9f, 0x7a, 0x72, 0x3f];

/// An authenticator over a store on disk.
pub(crate) type Device<R> = World<Anchored<SqliteStore, OwnAnchor>, R, SystemClock>;

/// What the tool is. It verifies nobody itself: it does so only where its caller vouches for the verification.
/// Its user has as long as one whose site gives no time (WebAuthn L3 §15.1).
pub(crate) fn profile(verification: BuiltInVerification) -> Profile {
    Profile { verification, user_action_timeout: PATIENCE, ..Profile::phone(AAGUID) }
}

/// Opens the store, making it and its key if there are none.
pub(crate) fn open(
    places: &Places,
    anchor: Option<&Path>,
    profile: Profile,
    log: Log,
) -> Result<Device<impl CryptoRng + use<>>, Failure> {
    let may_make = if places.store.exists() { MayMake::No } else { MayMake::Yes };
    let key = key_file::load(&places.key, may_make, log)?;
    log.note("the device key is a file (protection: file)");
    let store = SqliteStore::open(&places.store).map_err(|error| Failure::Store(error.to_string()))?;
    let store = Anchored::new(store, OwnAnchor::new(anchor))
        .map_err(|error| Failure::Store(format!("the anchor cannot be used: {error}")))?;
    let world = World::open(profile, &key, store, os_rng(), SystemClock::default())
        .map_err(|error| Failure::Store(error.to_string()))?;
    log.note("the store is open");
    Ok(world)
}

/// Opens a store that is there already: `None` when there is none yet.
pub(crate) fn open_existing(
    args: &args::Store,
    log: Log,
) -> Result<Option<Device<impl CryptoRng + use<>>>, Failure> {
    let Some(places) = Places::find_existing(args.store.as_deref())? else { return Ok(None) };
    let profile = profile(BuiltInVerification::Unsupported);
    open(&places, args.anchor.as_deref(), profile, log).map(Some)
}
