//! The id of a ceremony.

use std::fmt;
use std::str::FromStr;

/// The random id of a ceremony, written as 32 hexadecimal digits. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CeremonyId(pub [u8; 16]);

/// A text that is no [`CeremonyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeremonyIdError;

impl fmt::Display for CeremonyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CeremonyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CeremonyId")
    }
}

impl FromStr for CeremonyId {
    type Err = CeremonyIdError;

    fn from_str(text: &str) -> Result<Self, CeremonyIdError> {
        // The number's own parser would take a sign.
        if text.len() != 32 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(CeremonyIdError);
        }
        u128::from_str_radix(text, 16).map(|id| Self(id.to_be_bytes())).map_err(|_| CeremonyIdError)
    }
}

impl fmt::Display for CeremonyIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a ceremony's id is 32 hexadecimal digits")
    }
}

impl std::error::Error for CeremonyIdError {}
