//! How a store fares with a property.

use super::fixture::Reason;
use authenticator_core::store::StoreError;
use authenticator_core::{Error, ProfileError};
use std::fmt;

/// How a store fares with a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has it; what more there is to say.
    Holds(String),
    /// It cannot be shown.
    Excused(Reason),
    /// It has not, and this is where it was seen.
    Broken(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds(more) if more.is_empty() => f.write_str("holds"),
            Self::Holds(more) => write!(f, "holds: {more}"),
            Self::Excused(reason) => write!(f, "*cannot be shown*: {reason}"),
            Self::Broken(what) => write!(f, "**broken**: {what}"),
        }
    }
}

/// Why a property is not shown.
#[derive(Debug)]
pub(super) enum Fail {
    Excused(Reason),
    Broken(String),
}

/// What more there is to say of a property that holds.
pub(super) type Outcome = Result<String, Fail>;

impl Fail {
    pub(super) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }

    /// The same, with what was going on.
    pub(super) fn during(self, context: impl fmt::Display) -> Self {
        match self {
            Self::Broken(what) => Self::Broken(format!("{context}: {what}")),
            Self::Excused(reason) => Self::Excused(reason),
        }
    }
}

impl From<Reason> for Fail {
    fn from(reason: Reason) -> Self {
        Self::Excused(reason)
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Broken(format!("a read failed: {error}"))
    }
}

impl From<ProfileError> for Fail {
    fn from(error: ProfileError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self::Broken(format!("the core says: {error}"))
    }
}

/// Ends the property as broken unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return Err($crate::contract::verdict::Fail::Broken(format!($($what)+)));
        }
    };
}
pub(super) use ensure;
