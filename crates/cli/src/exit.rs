//! How the command can fail, and with which exit code.

use authenticator_webauthn::{DomException, ErrorKind};
use std::fmt;
use std::process::ExitCode;

/// The exit codes, for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  a check of the demo or a replay failed, or something unforeseen
  2  the command line cannot be used, or a passkey was to be chosen and was not
  3  NotAllowedError: refused, nobody to ask, or no passkey fits
  4  InvalidStateError: the site excludes a passkey that is here
  5  another WebAuthn error, such as TypeError or SecurityError
  6  the store
  7  the device key file
  8  no such passkey, or several
  9  the doctor has found something to mend
 10  what was to be decoded ends before it should";

/// Why the command failed. What it says is for the person who ran the command, and may name accounts and passkeys; `Debug`
/// shows only what kind of failure it is.
pub(crate) enum Failure {
    /// A check of the demo, or of a replay.
    Check(String),
    /// Something unforeseen.
    Other(String),
    /// The command line.
    Usage(String),
    /// What a browser would report to the site.
    WebAuthn(DomException, String),
    /// The store.
    Store(String),
    /// The device key file.
    Key(String),
    /// No such passkey, or several.
    NoPasskey(String),
    /// What the doctor found.
    Findings(String),
    /// What was to be decoded is cut off or malformed.
    Broken(String),
}

impl Failure {
    /// The one table from failures to exit codes; [`HELP`] and `docs/cli.md` say the same.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Check(_) | Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::WebAuthn(DomException::NotAllowedError, _) => 3,
            Self::WebAuthn(DomException::InvalidStateError, _) => 4,
            Self::WebAuthn(..) => 5,
            Self::Store(_) => 6,
            Self::Key(_) => 7,
            Self::NoPasskey(_) => 8,
            Self::Findings(_) => 9,
            Self::Broken(_) => 10,
        })
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Check(_) => "Check(..)",
            Self::Other(_) => "Other(..)",
            Self::Usage(_) => "Usage(..)",
            Self::WebAuthn(name, _) => return write!(f, "WebAuthn({name:?}, ..)"),
            Self::Store(_) => "Store(..)",
            Self::Key(_) => "Key(..)",
            Self::NoPasskey(_) => "NoPasskey(..)",
            Self::Findings(_) => "Findings(..)",
            Self::Broken(_) => "Broken(..)",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebAuthn(name, text) => write!(f, "{name}: {text}"),
            Self::Check(text)
            | Self::Other(text)
            | Self::Usage(text)
            | Self::Store(text)
            | Self::Key(text)
            | Self::NoPasskey(text)
            | Self::Findings(text)
            | Self::Broken(text) => f.write_str(text),
        }
    }
}

impl From<authenticator_webauthn::Error> for Failure {
    fn from(error: authenticator_webauthn::Error) -> Self {
        use authenticator_core::Error as Core;
        match error.kind() {
            // A site would only hear of an UnknownError; the person at the terminal can do something about it.
            ErrorKind::Authenticator(
                cause @ (Core::Store(_)
                | Core::Commit(_)
                | Core::StoreEmpty
                | Core::StoreNewer
                | Core::StoreUnreadable
                | Core::StoreOfLab
                | Core::StoreNotOfLab
                | Core::StoreRolledBack
                | Core::StoreReset),
            ) => Self::Store(cause.to_string()),
            _ => Self::WebAuthn(error.name(), error.to_string()),
        }
    }
}

impl From<authenticator_provider::Error> for Failure {
    fn from(error: authenticator_provider::Error) -> Self {
        use authenticator_provider::Error;
        match error {
            Error::NoSuchPasskey => Self::NoPasskey(error.to_string()),
            Error::Label(_) => Self::Usage(error.to_string()),
            _ => Self::Store(error.to_string()),
        }
    }
}

/// Output that cannot be written.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Other(format!("the output cannot be written: {}", error.kind()))
    }
}

#[cfg(test)]
mod tests;
