//! RP ID, origin and user names: read once, checked once.

use crate::RpError;
use webauthn_rp::request::register::{Nickname, Username};
use webauthn_rp::request::{AsciiDomain, DomainOrigin, RpId, Scheme};

/// Reads an RP ID, which for the demo is a domain in lower case.
pub(crate) fn rp_id(text: &str) -> Result<RpId, RpError> {
    AsciiDomain::try_from(text.to_owned()).map(RpId::Domain).map_err(|_| RpError::InvalidRpId)
}

/// Checks that pages of `origin` may use `rp_id` (WebAuthn L3 §5.1.3), and returns the origin as clients write it.
pub(crate) fn origin(text: &str, rp_id: &RpId) -> Result<String, RpError> {
    let parsed = DomainOrigin::try_from(text).map_err(|_| RpError::InvalidOrigin)?;
    let secure = match parsed.scheme {
        Scheme::Https => true,
        // A page on localhost is a secure context without TLS.
        Scheme::Other("http") => parsed.host == "localhost" || parsed.host.ends_with(".localhost"),
        _ => false,
    };
    let domain: &str = rp_id.as_ref();
    let within = parsed.host == domain
        || parsed.host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
    if secure && within { Ok(text.to_owned()) } else { Err(RpError::InvalidOrigin) }
}

/// Reads a user name into its canonical form.
pub(crate) fn user_name(text: &str) -> Result<Username<'static>, RpError> {
    Username::try_from(text.to_owned()).map_err(|_| RpError::InvalidUserName)
}

/// Reads a display name into its canonical form.
pub(crate) fn display_name(text: &str) -> Result<Nickname<'static>, RpError> {
    Nickname::try_from(text.to_owned()).map_err(|_| RpError::InvalidDisplayName)
}

#[cfg(test)]
mod tests;
