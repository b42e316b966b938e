//! Ceremonies that outlive the process that began them.
//!
//! A phone may end a provider's process between the moment in which a site asks and the moment in which the person
//! answers. What survives is a [`Ceremony`]: its id, the request, the caller, the time it has, and the account that was
//! picked in the system's own list. What a person has answered is never saved: they are asked again. A saved ceremony
//! ends once, in whichever copy of it comes first; every later one is [`CeremonyError::UsedUp`].
//!
//! ```
//! use authenticator_core::{Context, DeviceKey, Gesture, NeedsUser, Profile, Requester};
//! use authenticator_host::{HashMapStore, SoftwareKeys, SystemClock, World, blocking, os_rng};
//! use authenticator_provider::{Ceremony, CeremonyError};
//! use authenticator_webauthn::{Caller, ClientDataSource, Origin};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (profile, key) = (Profile::phone([0; 16]), DeviceKey::new([7; 32]));
//! let mut world = World::open(profile, &key, HashMapStore::default(), os_rng(), SystemClock::default())?;
//! let origin = Origin::parse("https://example.com")?;
//! let caller = Caller::Web { origin, top_origin: None, cross_origin: false };
//! let options = r#"{
//!     "rp": {"id": "example.com", "name": "Example"},
//!     "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
//!     "challenge": "AAECAwQFBgcICQoLDA0ODw",
//!     "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
//!     "authenticatorSelection": {"residentKey": "required"}
//! }"#;
//! let saved = Ceremony::create(&mut world, options, caller, ClientDataSource::Build)?.save(&mut world)?;
//!
//! // The process ends here, and another one goes on.
//! world.power_cycle();
//! let ceremony = Ceremony::restore(&mut world, &saved)?;
//! let mut person = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::VERIFIED);
//! let done =
//!     blocking::run(&mut world, &mut person, &mut SoftwareKeys, |cx| ceremony.begin(cx, Requester::default()));
//! let response = ceremony.finish(&mut world, &done.result)?;
//! assert!(response.contains(r#""type":"public-key""#));
//!
//! assert_eq!(Ceremony::restore(&mut world, &saved).err(), Some(CeremonyError::UsedUp));
//! # Ok(())
//! # }
//! ```

mod ending;
mod error;
mod id;
mod lifetime;
mod saved;

pub use ending::complete;
pub use error::CeremonyError;
pub use id::{CeremonyId, CeremonyIdError};
pub(crate) use lifetime::Leftover;

use crate::evidence::take_note;
use authenticator_core::store::{RecordId, Store};
use authenticator_core::{Context, Error as CoreError, Manage, Reply, Requester, Step};
use authenticator_host::{Clock, World, blocking};
use authenticator_webauthn::{
    Advice, Caller, ClientDataSource, Create, CreationOptions, Ending, Error as WebAuthnError, Evidence, Get,
    RequestOptions, ResponseJson, RpId,
};
use lifetime::{Lifetime, sweep};
use rand_core::CryptoRng;
use saved::{Kind, Request, Saved};
use std::fmt;
use std::time::Duration;

/// A registration or a sign-in between the site's request and the response. `Debug` shows nothing of it but its kind.
///
/// Prepare it ([`create`](Self::create), [`get`](Self::get) or [`restore`](Self::restore)), [`begin`](Self::begin) its
/// command, drive the steps, and [`finish`](Self::finish) it. [`save`](Self::save) it at any time before the end. One
/// that was never saved writes nothing of its own. Dropped, a saved one can still be restored.
#[must_use = "a ceremony does nothing until its step is driven"]
pub struct Ceremony {
    id: CeremonyId,
    request: Request,
    /// `None` where the host does not know the date.
    lifetime: Option<Lifetime>,
    chosen: Option<RecordId>,
    /// Whether its record is in the store, so that it has an end to be noted there.
    written: bool,
    prepared: Prepared,
}

/// The request, checked against today's store.
enum Prepared {
    Create(Box<Create>),
    Get(Box<Get>),
}

/// How far a ceremony has come, as far as that is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The request was checked.
    Prepared,
    /// The account was picked in the system's own list. That is no gesture: the person is still to be asked.
    Chosen,
}

impl Ceremony {
    /// Prepares a registration: checks the options (`PublicKeyCredentialCreationOptionsJSON`) against the caller and the
    /// authenticator.
    ///
    /// # Errors
    /// [`CeremonyError::WebAuthn`], as [`CreationOptions::from_json`] and [`Create::prepare`] say.
    pub fn create<S: Store, R: CryptoRng, C: Clock>(
        world: &mut World<S, R, C>,
        options_json: &str,
        caller: Caller,
        client_data: ClientDataSource,
    ) -> Result<Self, CeremonyError> {
        let options_json = options_json.to_owned();
        Self::prepare(world, Request { kind: Kind::Create, options_json, caller, client_data })
    }

    /// Prepares a sign-in: checks the options (`PublicKeyCredentialRequestOptionsJSON`) against the caller, the
    /// authenticator and the passkeys that are here.
    ///
    /// # Errors
    /// [`CeremonyError::WebAuthn`], as [`RequestOptions::from_json`] and [`Get::prepare`] say.
    pub fn get<S: Store, R: CryptoRng, C: Clock>(
        world: &mut World<S, R, C>,
        options_json: &str,
        caller: Caller,
        client_data: ClientDataSource,
    ) -> Result<Self, CeremonyError> {
        let options_json = options_json.to_owned();
        Self::prepare(world, Request { kind: Kind::Get, options_json, caller, client_data })
    }

    fn prepare<S: Store, R: CryptoRng, C: Clock>(
        world: &mut World<S, R, C>,
        request: Request,
    ) -> Result<Self, CeremonyError> {
        let prepared = Prepared::new(&request, &mut world.context())?;
        let lifetime = Lifetime::new(world.clock.now(), prepared.timeout());
        let mut id = [0; 16];
        world.rng.fill_bytes(&mut id);
        Ok(Self { id: CeremonyId(id), request, lifetime, chosen: None, written: false, prepared })
    }

    /// Takes a saved ceremony up again, in this process or another, and checks its request anew against today's store.
    /// Nothing of what the person answered before comes back.
    ///
    /// One that has expired ends here, as if it were cancelled: a clock that is set back afterwards does not revive it.
    /// Within one boot no clock that is set back revives or prolongs it in any case. Which processes share a boot is the
    /// clock's to say: with [`SystemClock`](authenticator_host::SystemClock) all of the device's on Linux and Android, elsewhere
    /// none.
    ///
    /// # Errors
    /// [`CeremonyError::UsedUp`], [`Expired`](CeremonyError::Expired), [`OtherStore`](CeremonyError::OtherStore),
    /// [`Newer`](CeremonyError::Newer), [`Damaged`](CeremonyError::Damaged), [`NoClock`](CeremonyError::NoClock);
    /// [`WebAuthn`](CeremonyError::WebAuthn) when the request no longer fits what is here; [`Core`](CeremonyError::Core)
    /// when the store fails.
    pub fn restore<S: Store, R: CryptoRng, C: Clock>(
        world: &mut World<S, R, C>,
        bytes: &[u8],
    ) -> Result<Self, CeremonyError> {
        let Saved { id, request, lifetime, chosen } = Saved::open(bytes, &mut world.context())?;
        match lifetime.check(world.clock.now()) {
            Ok(()) => {}
            Err(CeremonyError::Expired) => {
                // Expired it stays, whether or not the store can note it now.
                let _ = end(world, id);
                return Err(CeremonyError::Expired);
            }
            Err(unknown) => return Err(unknown),
        }
        if !is_written(world, id)? {
            return Err(CeremonyError::UsedUp);
        }
        let prepared = Prepared::new(&request, &mut world.context())?;
        Ok(Self { id, request, lifetime: Some(lifetime), chosen, written: true, prepared })
    }

    /// The ceremony as sealed bytes, for [`restore`](Self::restore). The first time this writes the ceremony's record,
    /// which its end removes; it also sweeps the records of ceremonies that have expired. Saved again, say after
    /// [`choose`](Self::choose), it is still the same ceremony: all copies of it together end once.
    ///
    /// The steps of its command may be under way, in `world`'s session.
    ///
    /// # Errors
    /// [`CeremonyError::NoClock`] when the host did not know the date when the ceremony was prepared, or does not now;
    /// [`Expired`](CeremonyError::Expired); [`UsedUp`](CeremonyError::UsedUp) when another copy has ended meanwhile;
    /// [`Core`](CeremonyError::Core) when the store fails. The ceremony is as it was.
    pub fn save<S: Store, R: CryptoRng, C: Clock>(
        &mut self,
        world: &mut World<S, R, C>,
    ) -> Result<Vec<u8>, CeremonyError> {
        let now = world.clock.now();
        let lifetime = self.lifetime.ok_or(CeremonyError::NoClock)?;
        lifetime.check(now)?;
        let saved = Saved { id: self.id, request: self.request.clone(), lifetime, chosen: self.chosen };
        let bytes = saved.seal(&mut world.context())?;
        if self.written {
            // Written again, the record of a ceremony that has ended would come back to life.
            return if is_written(world, self.id)? { Ok(bytes) } else { Err(CeremonyError::UsedUp) };
        }
        sweep(world, now);
        let content = lifetime.dates.to_record();
        blocking::manage(world, Manage::PutHost { record: self.record(), bytes: &content })?;
        world.session.host_record_written(self.record());
        self.written = true;
        Ok(bytes)
    }

    /// Begins the command. Drive its steps to the end in the same session, then call [`finish`](Self::finish).
    pub fn begin(&self, cx: &mut Context<'_>, requester: Requester) -> Step {
        match &self.prepared {
            Prepared::Create(create) => {
                if self.written {
                    cx.session.use_up(self.record());
                } else {
                    cx.session.use_up_once_written(self.record());
                }
                create.begin(cx, requester)
            }
            Prepared::Get(get) => match self.chosen {
                Some(chosen) => get.begin_picked(cx, requester, chosen),
                None => get.begin(cx, requester),
            },
        }
    }

    /// Ends the ceremony and writes the response. `result` is that of the command's [`Done`](authenticator_core::Done);
    /// call [`World::write_hint`] with that first, for the commit that uses up a saved ceremony takes the hint's place.
    ///
    /// A registration that keeps its passkey in the store has used the ceremony up in the same change set, and gives its
    /// response whatever the store does after that. Otherwise the ceremony is used up here, before the response is given out; a failure uses it up as well. What a site has sent to be kept in the
    /// array of large blobs is written after that, so that only one copy of a ceremony writes it. Last comes what the
    /// ceremony has shown of registrations in doubt ([`take_note`]); that it cannot be noted changes no response.
    ///
    /// # Errors
    /// [`CeremonyError::WebAuthn`] with what the command failed with, under the name a site is to see;
    /// [`UsedUp`](CeremonyError::UsedUp) when another copy has ended first; [`Core`](CeremonyError::Core) when the store
    /// fails.
    pub fn finish<S: Store, R: CryptoRng, C: Clock>(
        self,
        world: &mut World<S, R, C>,
        result: &Result<Reply, CoreError>,
    ) -> Result<ResponseJson, CeremonyError> {
        let Self { id, written, prepared, chosen, .. } = self;
        let evidence = prepared.evidence(result, chosen.is_some());
        let ending = prepared.finish(&mut world.context(), result).map_err(CeremonyError::from);
        let ended = if written { end(world, id) } else { Ok(()) };
        // What another copy has ended this one shows nothing of.
        let evidence = evidence.filter(|_| ended.is_ok());
        let response = ending.and_then(|ending| {
            if !matches!(result, Ok(Reply::Registered(registered)) if registered.stored) {
                ended?;
            }
            Ok(complete(world, ending))
        });
        if let Some(evidence) = evidence {
            // It costs nobody their response; the next ceremony shows it again.
            let _ = take_note(world, &evidence);
        }
        response
    }

    /// Ends the ceremony without a response. One that was never saved has nothing to end.
    ///
    /// # Errors
    /// [`CeremonyError::UsedUp`] when it has ended before; [`Core`](CeremonyError::Core) when the store fails.
    pub fn cancel<S: Store, R: CryptoRng, C: Clock>(
        self,
        world: &mut World<S, R, C>,
    ) -> Result<(), CeremonyError> {
        if self.written { end(world, self.id) } else { Ok(()) }
    }

    /// Notes the passkey that the person picked in the system's own list. They are still to be asked: give it as the
    /// choice of their answer. Where [`depends_on_choice`](Self::depends_on_choice) says so, the command must begin after this.
    ///
    /// An allow list that names nothing else is not taken for the site's then: not every system hands on the site's own.
    pub const fn choose(&mut self, record: RecordId) {
        self.chosen = Some(record);
    }

    /// Whether the passkeys offered depend on what is chosen before the command begins: the site has sent `prf` inputs for
    /// single passkeys. See [`Get::begin`].
    #[must_use]
    pub fn depends_on_choice(&self) -> bool {
        matches!(&self.prepared, Prepared::Get(get) if get.depends_on_pick())
    }

    /// The passkey that was picked in the system's own list.
    #[must_use]
    pub const fn chosen(&self) -> Option<RecordId> {
        self.chosen
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> CeremonyId {
        self.id
    }

    /// How far it has come.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        if self.chosen.is_some() { Phase::Chosen } else { Phase::Prepared }
    }

    /// The last second since 1970 in which it can be saved or restored: the site's timeout after it was prepared, which is
    /// 5 to 10 minutes, and 5 when the site does not say. `None` where the host did not know the date.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.lifetime.map(|lifetime| lifetime.dates.expires)
    }

    /// The relying party, as checked against the caller.
    #[must_use]
    pub fn rp_id(&self) -> &RpId {
        self.prepared.rp_id()
    }

    /// How long the host is to wait for the user.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.prepared.timeout()
    }

    /// What is worth telling the user.
    #[must_use]
    pub fn advice(&self) -> Option<Advice> {
        match &self.prepared {
            Prepared::Create(create) => create.advice(),
            Prepared::Get(get) => get.advice(),
        }
    }

    const fn record(&self) -> RecordId {
        RecordId(self.id.0)
    }
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony")
            .field("kind", &self.request.kind)
            .field("phase", &self.phase())
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl Prepared {
    fn new(request: &Request, cx: &mut Context<'_>) -> Result<Self, WebAuthnError> {
        let Request { kind, options_json, caller, client_data } = request;
        Ok(match kind {
            Kind::Create => {
                let options = CreationOptions::from_json(options_json)?;
                Self::Create(Box::new(Create::prepare(&options, caller, *client_data, cx)?))
            }
            Kind::Get => {
                let options = RequestOptions::from_json(options_json)?;
                Self::Get(Box::new(Get::prepare(&options, caller, *client_data, cx)?))
            }
        })
    }

    fn finish(
        self,
        cx: &mut Context<'_>,
        result: &Result<Reply, CoreError>,
    ) -> Result<Ending, WebAuthnError> {
        match self {
            Self::Create(create) => create.finish(result).map(Ending::Response),
            Self::Get(get) => get.finish(cx, result),
        }
    }

    /// `is_chosen`: a host that was given no list writes the person's pick into one, and that is not the site's word.
    fn evidence(&self, result: &Result<Reply, CoreError>, is_chosen: bool) -> Option<Evidence> {
        let mut evidence = match self {
            Self::Create(create) => create.evidence(result),
            Self::Get(get) => get.evidence(result),
        };
        if let Some(Evidence::SignedIn { listed, .. }) = &mut evidence
            && is_chosen
            && listed.len() == 1
        {
            listed.clear();
        }
        evidence
    }

    fn rp_id(&self) -> &RpId {
        match self {
            Self::Create(create) => create.rp_id(),
            Self::Get(get) => get.rp_id(),
        }
    }

    fn timeout(&self) -> Duration {
        match self {
            Self::Create(create) => create.timeout(),
            Self::Get(get) => get.timeout(),
        }
    }
}

/// Uses the id up: of several that try, one succeeds.
fn end<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    id: CeremonyId,
) -> Result<(), CeremonyError> {
    match blocking::manage(world, Manage::RemoveHost(RecordId(id.0))) {
        Err(CoreError::NoSuchRecord) => Err(CeremonyError::UsedUp),
        result => Ok(result?),
    }
}

fn is_written<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    id: CeremonyId,
) -> Result<bool, CeremonyError> {
    let read = world.context().vault()?.host_record(RecordId(id.0), |_| ());
    Ok(read.map_err(CoreError::from)?.is_some())
}

#[cfg(test)]
mod tests;
