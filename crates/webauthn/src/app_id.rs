//! Which FIDO AppID an origin may use: the name of a site in U2F, the predecessor of WebAuthn (WebAuthn L3 §10.1.1).

use std::fmt;

use crate::caller::Caller;
use crate::host_name;

/// Why a FIDO AppID is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppIdError {
    /// It is neither the caller's own origin nor an address that begins with https and names a host.
    Malformed,
    /// It belongs to another site.
    OtherSite,
}

impl fmt::Display for AppIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "its address is malformed",
            Self::OtherSite => "it belongs to another site",
        })
    }
}

impl std::error::Error for AppIdError {}

/// Checks that the caller may use the AppID, and returns it: an empty one means the caller's own origin.
///
/// These are the first three steps of FIDO's algorithm. The rest fetches a list of origins from the site; WebAuthn notes
/// that browsers take a host of the same site instead, and so do we, who open no connections.
pub(crate) fn check(caller: &Caller, app_id: &str) -> Result<String, AppIdError> {
    let facet = caller.origin();
    if app_id.is_empty() || app_id == facet.as_str() {
        return Ok(facet.as_str().to_owned());
    }
    let host = host(app_id).ok_or(AppIdError::Malformed)?;
    let is_https = facet.as_str().starts_with("https://");
    let own = facet.domain().filter(|_| is_https).ok_or(AppIdError::OtherSite)?;
    let same_site = psl::domain_str(own).is_some_and(|site| psl::domain_str(host) == Some(site));
    if own == host || same_site { Ok(app_id.to_owned()) } else { Err(AppIdError::OtherSite) }
}

/// The host of an https address, whatever path it has.
fn host(app_id: &str) -> Option<&str> {
    let rest = app_id.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let names_a_port = port.parse::<u16>().is_ok() && port.bytes().all(|c| c.is_ascii_digit());
    (names_a_port && host_name::check(host).is_ok()).then_some(host)
}

#[cfg(test)]
mod tests;
