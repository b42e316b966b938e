//! authenticatorGetInfo (CTAP 2.3 §6.4): what is said of the authenticator, and no more than is true.

use crate::context::Context;
use crate::cose::Algorithms;
use crate::credential::MAX_CREDENTIAL_ID;
use crate::error::Error;
use crate::profile::{BuiltInVerification, Transport};
use crate::reply::Reply;
use crate::standing::Standing;
use crate::step::Step;
use crate::store::Settings;

/// What getInfo answers.
///
/// The version is FIDO_2_0 and the one extension credProtect: the further versions are advertised when all that they
/// demand is there.
#[derive(Clone, Debug)]
pub struct Info {
    /// The model.
    pub aaguid: [u8; 16],
    /// `plat`.
    pub platform: bool,
    /// `rk`.
    pub discoverable: bool,
    /// `uv`: absent, false or true.
    pub uv: Option<bool>,
    /// `alwaysUv`, sent only when it is on.
    pub always_uv: bool,
    /// `makeCredUvNotRqd`.
    pub make_cred_uv_not_rqd: bool,
    /// `maxMsgSize`.
    pub max_message_size: u16,
    /// `maxCredentialCountInList`.
    pub max_credentials_in_list: u8,
    /// `maxCredentialIdLength`.
    pub max_credential_id: u16,
    /// `transports`.
    pub transports: &'static [Transport],
    /// `algorithms`, in order of preference.
    pub algorithms: Algorithms,
}

pub(super) fn begin(cx: &mut Context<'_>) -> Result<Step, Error> {
    let standing = match cx.standing() {
        Ok((_, standing)) => standing,
        // What can be said before there is a store is what can be said of a new one.
        Err(Error::StoreEmpty) => Standing { profile: cx.authenticator.profile(), settings: Settings::new() },
        Err(error) => return Err(error),
    };
    Ok(Step::success(Reply::Info(info(&standing))))
}

fn info(standing: &Standing<'_>) -> Info {
    let profile = standing.profile;
    Info {
        aaguid: profile.aaguid,
        platform: profile.platform,
        discoverable: profile.discoverable,
        uv: match profile.verification {
            BuiltInVerification::Unsupported => None,
            BuiltInVerification::NotConfigured => Some(false),
            BuiltInVerification::Configured => Some(true),
        },
        always_uv: standing.always_uv(),
        make_cred_uv_not_rqd: standing.makes_credentials_unverified(),
        max_message_size: profile.max_message_size,
        max_credentials_in_list: profile.max_credentials_in_list,
        max_credential_id: u16::try_from(MAX_CREDENTIAL_ID).unwrap_or(u16::MAX),
        transports: profile.transports,
        algorithms: profile.keys.algorithms.clone(),
    }
}
