//! Registering a passkey.

use crate::support::{Passkey, TestSim};
use authenticator_testkit::request::{self, Request};

/// Registers a discoverable passkey, in place of the account's present one; or the status.
pub(crate) fn register(sim: &mut TestSim, site: &str, user: &[u8]) -> Result<Passkey, u8> {
    register_as(sim, site, user, |request| request.option("rk", true))
}

/// Registers with what `more` makes of the request.
pub(crate) fn register_as(
    sim: &mut TestSim,
    site: &str,
    user: &[u8],
    more: impl FnOnce(Request) -> Request,
) -> Result<Passkey, u8> {
    let reply = sim.send(&more(request::make_credential(site, user)));
    if reply.status != 0 {
        return Err(reply.status);
    }
    let made = reply.auth_data().unwrap();
    let (id, key) = (made.credential_id.unwrap(), made.public_key.unwrap());
    Ok(Passkey { site: site.to_owned(), user: user.to_vec(), id, key })
}
