//! Who the platform says is asking.

use crate::error::Error;
use crate::origin::{Origin, OriginError};
use crate::rp_id::{RpId, effective_rp_id};

/// The caller of a ceremony, as the platform identified it.
///
/// Choose the variant by what the platform proved, never by what a request says: a browser that may speak for any
/// page is `Web`; every other app is `App`, and only after its link to the relying party was verified (on Android
/// the Digital Asset Links statement of the site).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caller {
    /// A page in a browser.
    Web {
        /// The origin of the page or frame that asks.
        origin: Origin,
        /// The origin of the tab's topmost page, when the frame that asks is of another origin.
        top_origin: Option<Origin>,
        /// Whether the frame that asks is embedded across origins: so it is wherever the topmost page is of another.
        cross_origin: bool,
    },
    /// An app for which the platform verified that it may speak for the relying party.
    App {
        /// The app's origin.
        origin: Origin,
        /// The app's package name, where the platform says it: on Android it is part of the client data.
        package_name: Option<String>,
    },
}

impl Caller {
    /// The origin that asks.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Web { origin, .. } | Self::App { origin, .. } => origin,
        }
    }

    /// The relying party id for this caller; `requested` is `rp.id` or `rpId` of the options.
    ///
    /// A page goes by [`effective_rp_id`]. An app must name one, and it is taken as verified. A caller that contradicts
    /// itself has none.
    pub fn effective_rp_id(&self, requested: Option<&str>) -> Result<RpId, Error> {
        match self {
            Self::Web { origin, top_origin, cross_origin } => {
                if origin.is_app() || top_origin.as_ref().is_some_and(Origin::is_app) {
                    return Err(OriginError::NotWeb.into());
                }
                // The signed client data would hide the page around the frame.
                if !cross_origin && top_origin.as_ref().is_some_and(|top| top != origin) {
                    return Err(OriginError::TopOrigin.into());
                }
                effective_rp_id(origin, requested)
            }
            Self::App { origin, .. } => {
                // A web origin here would skip the suffix rule.
                if origin.is_web() {
                    return Err(OriginError::NotApp.into());
                }
                RpId::verified_for_app(requested).map_err(Error::from)
            }
        }
    }
}

#[cfg(test)]
mod tests;
