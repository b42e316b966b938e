//! The authenticator object: a store that is open, and where ceremonies start.

use crate::ceremony::Ceremony;
use crate::contain::contain;
use crate::convert::{self, HOST_BACKEND};
use crate::data::{AttestationSetup, Caller, ClientData, KeyBackend, Settings, VerificationSetup};
use crate::misuse::{Misuse, OpenError};
use authenticator_core::key::{KeyCapabilities, software};
use authenticator_core::{
    Algorithm, Algorithms, BuiltInVerification, DeviceKey, Error, Format, Profile, Session,
};
use authenticator_host::{Clock, OpenError as WorldError, SystemClock, World};
use authenticator_provider::Ceremony as Engine;
use authenticator_store_sqlite::{OpenError as FileError, SqliteStore};
use authenticator_webauthn::client_capabilities;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::fmt;
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// A store on disk with the operating system's clock and randomness. A system without randomness makes [`UnwrapErr`]
/// panic, which the boundary contains.
pub(crate) type Device = World<SqliteStore, UnwrapErr<SysRng>, SystemClock>;

/// An open store of passkeys. It may be shared among threads, and any number of ceremonies may be under way at once.
#[derive(uniffi::Object)]
pub struct Authenticator {
    /// Locked for the length of one transition, never while the app is asked something.
    held: Mutex<Held>,
}

struct Held {
    device: Device,
    /// The store has let go of its file.
    suspended: bool,
}

/// The store is suspended, and nothing was done.
#[derive(Debug)]
pub(crate) struct Suspended;

#[uniffi::export]
impl Authenticator {
    /// Opens the store at `path`, making it if there is none. `device_key` are 32 random bytes that the app keeps in the
    /// platform's key store, never beside the store: without the same bytes nothing in it can be read again.
    ///
    /// # Errors
    /// [`OpenError`] says what kept us from it. Nothing was changed then.
    #[uniffi::constructor]
    pub fn open(path: String, device_key: Vec<u8>, settings: Settings) -> Result<Arc<Self>, OpenError> {
        let device_key = Zeroizing::new(device_key);
        contain(|| open(Path::new(&path), &device_key, &settings)).unwrap_or(Err(OpenError::Panicked))
    }

    /// Starts a registration: `navigator.credentials.create()`. `options_json` is
    /// `PublicKeyCredentialCreationOptionsJSON`. A request that cannot be served gives a ceremony that has failed.
    ///
    /// # Errors
    /// [`Misuse::Argument`] for a client data hash of the wrong length, [`Misuse::Suspended`].
    pub fn start_create(
        self: Arc<Self>,
        options_json: String,
        caller: Caller,
        client_data: ClientData,
    ) -> Result<Arc<Ceremony>, Misuse> {
        self.start(Kind::Create, &options_json, &caller, &client_data)
    }

    /// Starts a sign-in: `navigator.credentials.get()`. `options_json` is `PublicKeyCredentialRequestOptionsJSON`. A
    /// request that cannot be served gives a ceremony that has failed.
    ///
    /// # Errors
    /// [`Misuse::Argument`] for a client data hash of the wrong length, [`Misuse::Suspended`].
    pub fn start_get(
        self: Arc<Self>,
        options_json: String,
        caller: Caller,
        client_data: ClientData,
    ) -> Result<Arc<Ceremony>, Misuse> {
        self.start(Kind::Get, &options_json, &caller, &client_data)
    }

    /// Lets go of the store's file: no lock and no descriptor is left. For iOS, which ends an app that is suspended with a
    /// lock on a file. It waits for the one call that is under way, and for nobody else. Suspending once more does nothing.
    ///
    /// Until [`resume`](Self::resume), every call that needs the store is refused and changes nothing, here and on
    /// ceremonies, which go on afterwards where they were.
    ///
    /// # Errors
    /// [`Misuse::Panicked`].
    pub fn suspend(&self) -> Result<(), Misuse> {
        contain(|| {
            let mut held = self.lock();
            held.device.store.suspend();
            held.suspended = true;
        })
        .map_err(|_| Misuse::Panicked)
    }

    /// Opens the file again after [`suspend`](Self::suspend), with every check of [`open`](Self::open). A store that is not
    /// suspended stays as it is.
    ///
    /// # Errors
    /// [`OpenError`]; the store is still suspended then, and resuming may be tried again. No file is made where there is
    /// none any more.
    pub fn resume(&self) -> Result<(), OpenError> {
        contain(|| {
            let mut held = self.lock();
            held.device.store.resume()?;
            held.suspended = false;
            Ok(())
        })
        .unwrap_or(Err(OpenError::Panicked))
    }

    /// What this client can do, as the JSON object that `getClientCapabilities()` gives (WebAuthn L3 §5.1.7). An app that
    /// does more itself, such as conditional mediation, adds that. A suspended store answers too.
    ///
    /// # Errors
    /// [`Misuse::Panicked`].
    pub fn client_capabilities(&self) -> Result<String, Misuse> {
        contain(|| client_capabilities(self.lock().device.authenticator.profile()))
            .map_err(|_| Misuse::Panicked)
    }

    /// Takes up a ceremony that was saved, here or in a process that is gone: it begins anew and the person is asked
    /// again. Bytes that cannot be restored give a ceremony that has failed.
    ///
    /// # Errors
    /// [`Misuse::Suspended`], [`Misuse::Panicked`].
    pub fn restore(self: Arc<Self>, saved: Vec<u8>) -> Result<Arc<Ceremony>, Misuse> {
        Ceremony::start(self, |device| Engine::restore(device, &saved))
    }
}

impl Authenticator {
    fn start(
        self: Arc<Self>,
        kind: Kind,
        options_json: &str,
        caller: &Caller,
        client_data: &ClientData,
    ) -> Result<Arc<Ceremony>, Misuse> {
        let source = client_data.source()?;
        Ceremony::start(self, |device| {
            let caller = convert::caller(caller)?;
            match kind {
                Kind::Create => Engine::create(device, options_json, caller, source),
                Kind::Get => Engine::get(device, options_json, caller, source),
            }
        })
    }

    /// The device, for one transition.
    pub(crate) fn awake(&self) -> Result<Awake<'_>, Suspended> {
        let held = self.lock();
        if held.suspended { Err(Suspended) } else { Ok(Awake(held)) }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // A panic leaves nothing half-done here: the store rolls back, and the session was the ceremony's.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The device with its store open, for as long as this lives.
pub(crate) struct Awake<'a>(MutexGuard<'a, Held>);

impl Awake<'_> {
    /// A session for one ceremony, or for one change.
    pub(crate) fn new_session(&self) -> Box<Session> {
        Box::new(Session::new(self.0.device.clock.now()))
    }

    /// Runs one transition with the ceremony's own session.
    pub(crate) fn with<T>(mut self, session: &mut Session, work: impl FnOnce(&mut Device) -> T) -> T {
        let lent = Lent::new(&mut self.0.device, session);
        work(lent.device)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Create,
    Get,
}

/// The device while it works with a ceremony's session; both get their own back at the end, also after a panic.
struct Lent<'a> {
    device: &'a mut Device,
    session: &'a mut Session,
}

impl<'a> Lent<'a> {
    fn new(device: &'a mut Device, session: &'a mut Session) -> Self {
        mem::swap(&mut device.session, session);
        Self { device, session }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        mem::swap(&mut self.device.session, self.session);
    }
}

fn open(path: &Path, device_key: &[u8], settings: &Settings) -> Result<Arc<Authenticator>, OpenError> {
    let mut key = Zeroizing::new([0; 32]);
    if device_key.len() != key.len() {
        return Err(OpenError::DeviceKeyLength);
    }
    key.copy_from_slice(device_key);
    let key = DeviceKey::new(*key);
    let profile = profile(settings)?;
    let store = SqliteStore::open(path)?;
    let device = World::open(profile, &key, store, UnwrapErr(SysRng), SystemClock::default())?;
    Ok(Arc::new(Authenticator { held: Mutex::new(Held { device, suspended: false }) }))
}

fn profile(settings: &Settings) -> Result<Profile, OpenError> {
    let aaguid = settings.aaguid.as_slice().try_into().map_err(|_| OpenError::AaguidLength)?;
    let verification = match settings.verification {
        VerificationSetup::Unsupported => BuiltInVerification::Unsupported,
        VerificationSetup::NotConfigured => BuiltInVerification::NotConfigured,
        VerificationSetup::Configured => BuiltInVerification::Configured,
    };
    let keys = match &settings.keys {
        KeyBackend::Software => software::capabilities(),
        KeyBackend::Host { algorithms } => {
            let known = algorithms.iter().filter_map(|id| Algorithm::from_cose_id(*id));
            let algorithms = Algorithms::new(known);
            if algorithms.as_slice().is_empty() {
                return Err(OpenError::NoAlgorithm);
            }
            KeyCapabilities { backend: HOST_BACKEND, algorithms }
        }
    };
    let attestation = match settings.attestation {
        AttestationSetup::SelfSigned => Format::PackedSelf,
        AttestationSetup::None => Format::None,
    };
    Ok(Profile { verification, keys, attestation, ..Profile::phone(aaguid) })
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Newer { .. } => Self::Newer,
            other => Self::Store { sentence: other.to_string() },
        }
    }
}

impl From<WorldError> for OpenError {
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::Store(Error::StoreUnreadable) => Self::OtherDeviceKey,
            WorldError::Store(Error::StoreNewer) => Self::Newer,
            other => Self::Store { sentence: other.to_string() },
        }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
