//! authenticatorGetInfo (CTAP 2.3 §6.4): what is said of the authenticator, and no more than is true.
//!
//! What follows from what is the business of the [table](crate::capability); here is what it goes by.

use crate::capability::{extensions, options, versions};
use crate::context::Context;
use crate::error::Error;
use crate::pin::seal_identifier;
use crate::profile::{ConfigCommand, Management, Profile};
use crate::reply::Reply;
use crate::secret::{Secret, leaving_no_trace};
use crate::standing::Standing;
use crate::step::Step;
use crate::store::{Header, Settings};

/// What getInfo answers: what the authenticator is, and how its user has set it.
#[derive(Clone, Debug)]
pub struct Info {
    pub(crate) profile: Profile,
    pub(crate) client_pin: Option<bool>,
    pub(crate) always_uv: bool,
    pub(crate) make_cred_uv_not_rqd: bool,
    pub(crate) enterprise_attestation: bool,
    pub(crate) force_pin_change: bool,
    pub(crate) min_pin_length: u8,
    pub(crate) long_touch_for_reset: bool,
    pub(crate) pin_complexity: bool,
    pub(crate) remaining: Option<u32>,
    pub(crate) identifiers: Option<Identifiers>,
}

/// What only the holder of the persistent token can read (GI-20, GI-21).
#[derive(Clone, Debug)]
pub(crate) struct Identifiers {
    pub(crate) device: [u8; 32],
    pub(crate) credentials: [u8; 32],
}

impl Info {
    /// The versions that it claims.
    pub fn versions(&self) -> impl Iterator<Item = &'static str> {
        versions(self)
    }

    /// The extensions that it has.
    pub fn extensions(&self) -> impl Iterator<Item = &'static str> {
        extensions(self)
    }

    /// The option of this name; `None` when it is not sent.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<bool> {
        options(self).find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// What the authenticator is.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether there are tokens, by a PIN or by the host's verification.
    pub(crate) const fn has_tokens(&self) -> bool {
        self.profile.has_tokens()
    }

    /// Whether the minimum PIN length can be set.
    pub(crate) fn sets_min_pin_length(&self) -> bool {
        self.client_pin.is_some() && self.profile.configures(ConfigCommand::SetMinPinLength)
    }

    pub(crate) fn new(standing: &Standing<'_>) -> Self {
        let settings = &standing.settings;
        Self {
            profile: standing.profile.clone(),
            client_pin: standing.client_pin(),
            always_uv: standing.always_uv(),
            make_cred_uv_not_rqd: standing.makes_credentials_unverified(),
            enterprise_attestation: settings.enterprise_attestation,
            force_pin_change: settings.force_pin_change,
            min_pin_length: standing.min_pin_length(),
            long_touch_for_reset: settings.long_touch_for_reset,
            pin_complexity: settings.pin_complexity,
            remaining: None,
            identifiers: None,
        }
    }
}

pub(super) fn begin(cx: &mut Context<'_>) -> Result<Step, Error> {
    let info = match cx.standing() {
        Ok((header, standing)) => {
            let identifiers = identifiers(cx, &header, &standing)?;
            // GI-12: what getCredsMetadata says, where the store knows it.
            let room = cx.opened_vault(header.generation)?.room()?;
            let remaining = room.filter(|_| standing.profile.discoverable);
            Info { identifiers, remaining, ..Info::new(&standing) }
        }
        // What can be said before there is a store is what can be said of a new one.
        Err(Error::StoreEmpty) => {
            Info::new(&Standing { profile: cx.authenticator.profile(), settings: Settings::new() })
        }
        Err(error) => return Err(error),
    };
    Ok(Step::success(Reply::Info(info)))
}

/// GI-22: they are there as long as a persistent token is.
fn identifiers(
    cx: &mut Context<'_>,
    header: &Header,
    standing: &Standing<'_>,
) -> Result<Option<Identifiers>, Error> {
    let read_only = matches!(standing.profile.management, Management::ByClients { read_only: true, .. });
    let Some(number) = standing.settings.persistent_token.filter(|_| read_only) else { return Ok(None) };
    let (mut device_iv, mut credentials_iv) = ([0; 16], [0; 16]);
    cx.rng.fill_bytes(&mut device_iv);
    cx.rng.fill_bytes(&mut credentials_iv);
    let keys = cx.session.keys().ok_or(Error::StoreReset)?;
    Ok(Some(leaving_no_trace(|| {
        let mut token = Secret::new([0; 32]);
        keys.persistent_token(number, &mut token);
        let (device, state) =
            (keys.device_identifier(), keys.credential_store_state(header.credentials_changed));
        Identifiers {
            device: seal_identifier(&token, b"encIdentifier", &device, device_iv),
            credentials: seal_identifier(&token, b"encCredStoreState", &state, credentials_iv),
        }
    })))
}
