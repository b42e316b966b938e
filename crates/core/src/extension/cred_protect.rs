//! credProtect (CTAP 2.3 §12.1): when a credential may be used without user verification.

use super::Output;
use crate::credential::CredProtect;

pub(super) const NAME: &str = "credProtect";

/// CPR-02: the level that was set, which is the one asked for.
pub(super) const fn output(level: CredProtect) -> Output<'static> {
    Output::Number(level.level())
}
