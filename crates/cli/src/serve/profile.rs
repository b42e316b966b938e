//! What the security key is.

use super::setting;
use crate::args::{self, ResetWindow};
use crate::display::display;
use crate::exit::Failure;
use crate::open::AAGUID;
use authenticator_core::{BuiltInVerification, Profile, ResetPolicy};

/// What a file begins with that does not say.
const DEFAULT: &str = "security-key";

/// The profile of this name or in this file, with what the other options say. `--set` has the last word.
pub(super) fn of(args: &args::Serve) -> Result<Profile, Failure> {
    let (name, settings) = if args.profile.ends_with(".toml") {
        let content = std::fs::read_to_string(&args.profile)
            .map_err(|error| unusable(args, &error.kind().to_string()))?;
        setting::read_file(&content).map_err(|problem| unusable(args, &problem))?
    } else {
        (Some(args.profile.clone()), toml::Table::new())
    };
    let mut profile = Profile::named(name.as_deref().unwrap_or(DEFAULT), AAGUID).ok_or_else(|| {
        let names: Vec<&str> = Profile::NAMED.iter().map(|(name, _)| *name).collect();
        Failure::Usage(format!("there is no such profile; there are {}", names.join(" and ")))
    })?;
    profile.verification = match args.user {
        args::Answerer::Verify | args::Answerer::Gated => BuiltInVerification::Configured,
        _ => BuiltInVerification::Unsupported,
    };
    if let Some(attestation) = &args.attestation {
        profile.attestation = attestation.format();
    }
    match args.reset_window {
        None => {}
        Some(ResetWindow::Off) => profile.reset = ResetPolicy::Anytime,
        Some(ResetWindow::After(window)) => profile.reset = ResetPolicy::Within(window),
    }
    for (key, value) in &in_order(settings) {
        setting::set(&mut profile, key, value).map_err(|problem| unusable(args, &problem))?;
    }
    for argument in &args.set {
        let set = setting::parse(argument).and_then(|(key, value)| setting::set(&mut profile, &key, &value));
        set.map_err(|problem| Failure::Usage(format!("--set {argument}: {problem}")))?;
    }
    profile.check().map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(profile)
}

/// What others need comes first, wherever it stands in the file.
fn in_order(settings: toml::Table) -> Vec<(String, toml::Value)> {
    let mut settings: Vec<_> = settings.into_iter().collect();
    let place = |key: &str| setting::SETTINGS.iter().position(|setting| setting.key == key);
    settings.sort_by_key(|(key, _)| place(key));
    settings
}

fn unusable(args: &args::Serve, problem: &str) -> Failure {
    Failure::Usage(format!("{}: {problem}", display(&args.profile, usize::MAX)))
}
