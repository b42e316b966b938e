//! What the security key is.

use crate::args::{self, Attestation, ResetWindow};
use crate::exit::Failure;
use crate::open::AAGUID;
use authenticator_core::{BuiltInVerification, Format, Profile, ResetPolicy};

/// The profile of this name, with what the other options say.
pub(super) fn of(args: &args::Serve) -> Result<Profile, Failure> {
    let mut profile = Profile::named(&args.profile, AAGUID).ok_or_else(|| {
        let names: Vec<&str> = Profile::NAMED.iter().map(|(name, _)| *name).collect();
        Failure::Usage(format!("there is no such profile; there are {}", names.join(" and ")))
    })?;
    profile.verification = match args.user {
        args::Answerer::Verify | args::Answerer::Gated => BuiltInVerification::Configured,
        _ => BuiltInVerification::Unsupported,
    };
    if let Some(attestation) = args.attestation {
        profile.attestation = match attestation {
            Attestation::None => Format::None,
            Attestation::SelfSigned => Format::PackedSelf,
        };
    }
    match args.reset_window {
        None => {}
        Some(ResetWindow::Off) => profile.reset = ResetPolicy::Anytime,
        Some(ResetWindow::After(window)) => profile.reset = ResetPolicy::Within(window),
    }
    Ok(profile)
}
