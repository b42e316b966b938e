//! Which relying party an origin may speak for (WebAuthn L3 §5.1.3 and §5.1.4.1, the steps about `rp.id`).

use std::fmt;

use crate::error::Error;
use crate::host_name::{self, HostNameError};
use crate::origin::Origin;

/// A relying party id that has been checked against the caller. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RpId(String);

impl RpId {
    /// The domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id an app asks for, which the platform has verified to be the app's own.
    pub(crate) fn verified_for_app(requested: Option<&str>) -> Result<Self, RpIdError> {
        let requested = requested.ok_or(RpIdError::MissingForApp)?;
        host_name::check(requested)?;
        Ok(Self(requested.to_owned()))
    }
}

impl fmt::Debug for RpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RpId(..)")
    }
}

/// Why a relying party id is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RpIdError {
    /// It is no domain name.
    Malformed(HostNameError),
    /// It is neither the origin's host nor a parent domain of it.
    NotASuffix,
    /// It is a public suffix such as `co.uk` or `github.io`, under which strangers register.
    PublicSuffix,
    /// The origin's host is an IP address, which has no relying party id.
    OriginIsAddress,
    /// An app must say which relying party it means.
    MissingForApp,
    /// The origin is an app's: only the platform can tell for whom an app speaks.
    OriginIsApp,
}

impl fmt::Display for RpIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed(error) => return write!(f, "{error}"),
            Self::NotASuffix => "the page belongs to another site",
            Self::PublicSuffix => "the name asked for is shared by many sites",
            Self::OriginIsAddress => "the page's address is a number, not a name",
            Self::MissingForApp => "the app does not say which site it means",
            Self::OriginIsApp => "the app has not been verified",
        })
    }
}

impl std::error::Error for RpIdError {}

/// The relying party id for a web page: its own host by default, else what it asked for, when that is the host
/// itself or a parent domain that is no public suffix.
///
/// The id asked for is compared as written: it is later hashed as written, so nothing is folded or trimmed here.
/// A host may always name itself, even where it is a public suffix; no other host can then use the credential.
pub fn effective_rp_id(origin: &Origin, requested: Option<&str>) -> Result<RpId, Error> {
    web_rp_id(origin, requested).map_err(Error::from)
}

fn web_rp_id(origin: &Origin, requested: Option<&str>) -> Result<RpId, RpIdError> {
    if origin.is_app() {
        return Err(RpIdError::OriginIsApp);
    }
    let host = origin.domain().ok_or(RpIdError::OriginIsAddress)?;
    let Some(requested) = requested else {
        return Ok(RpId(host.to_owned()));
    };
    host_name::check(requested)?;
    // HTML, "is a registrable domain suffix of or is equal to": equal, or below it and not a public suffix of both.
    if requested != host {
        if !is_below(host, requested) {
            return Err(RpIdError::NotASuffix);
        }
        if psl::suffix_str(requested) == Some(requested)
            || psl::suffix_str(host).is_none_or(|suffix| is_below(suffix, requested))
        {
            return Err(RpIdError::PublicSuffix);
        }
    }
    Ok(RpId(requested.to_owned()))
}

/// Whether `name` is a true subdomain of `parent`.
fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests;
