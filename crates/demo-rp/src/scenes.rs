//! What most tests begin with.

use crate::soft_authenticator::{ORIGIN, SoftAuthenticator, Statement};
use crate::{Algorithm, Registered, RelyingParty, RpError, Settings, SignedIn};

pub(crate) fn site() -> RelyingParty {
    RelyingParty::new("example.com", ORIGIN).unwrap()
}

pub(crate) fn site_with(settings: Settings) -> RelyingParty {
    RelyingParty::with_settings("example.com", ORIGIN, settings).unwrap()
}

pub(crate) fn es256() -> SoftAuthenticator {
    SoftAuthenticator::new(Algorithm::Es256, Statement::None)
}

/// Registers `key` for alice.
pub(crate) fn register(site: &mut RelyingParty, key: &mut SoftAuthenticator) -> Result<Registered, RpError> {
    let options = site.registration_options("alice", "Alice").unwrap();
    site.finish_registration(&key.register(&options))
}

/// Signs in with `key`, with or without a user name.
pub(crate) fn sign_in(
    site: &mut RelyingParty,
    key: &SoftAuthenticator,
    user: Option<&str>,
) -> Result<SignedIn, RpError> {
    let options = site.authentication_options(user).unwrap();
    site.finish_authentication(&key.sign_in(&options))
}

/// A site that knows alice's key.
pub(crate) fn registered() -> (RelyingParty, SoftAuthenticator) {
    let (mut site, mut key) = (site(), es256());
    register(&mut site, &mut key).unwrap();
    (site, key)
}
