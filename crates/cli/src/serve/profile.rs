//! What the security key is.

use super::setting;
use crate::args::{self, Attestation, ResetWindow};
use crate::display::display;
use crate::exit::Failure;
use crate::open::AAGUID;
use authenticator_core::{BuiltInVerification, Format, Profile, ResetPolicy};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a file begins with that does not say.
const DEFAULT: &str = "security-key";

/// Everything that the command line says of it, so that it can be written down and be said again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    /// The profile's name, or that of its file.
    profile: String,
    /// The file's content.
    file: Option<String>,
    /// Whether its user can be verified.
    verification: bool,
    /// That of a key in a file is the file's to say.
    attestation: Option<WrittenAttestation>,
    /// In seconds; `None` if not said.
    reset_window: Option<WrittenWindow>,
    set: Vec<String>,
    lab: bool,
}

/// What `--attestation` says of the format, as it is written down.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenAttestation {
    None,
    #[serde(rename = "self")]
    Packed,
}

/// `--reset-window`, as it is written down.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenWindow {
    Off,
    Seconds(u64),
}

impl Description {
    pub(super) fn of(args: &args::Serve) -> Result<Self, Failure> {
        let file = args.profile.ends_with(".toml").then(|| std::fs::read_to_string(&args.profile));
        let file = file.transpose().map_err(|error| unusable(&args.profile, &error.kind().to_string()))?;
        let verification = match args.user {
            Some(user) => matches!(user, args::Answerer::Verify | args::Answerer::Gated),
            None => args.lab,
        };
        Ok(Self {
            profile: args.profile.clone(),
            file,
            verification,
            attestation: args.attestation.as_ref().map(|attestation| match attestation {
                Attestation::None => WrittenAttestation::None,
                Attestation::SelfSigned | Attestation::Certified(_) => WrittenAttestation::Packed,
            }),
            reset_window: args.reset_window.map(|window| match window {
                ResetWindow::Off => WrittenWindow::Off,
                ResetWindow::After(window) => WrittenWindow::Seconds(window.as_secs()),
            }),
            set: args.set.clone(),
            lab: args.lab,
        })
    }

    /// The profile of this name or in this file, with what the other options say. `--set` has the last word.
    pub(crate) fn profile(&self) -> Result<Profile, Failure> {
        let unusable = |problem: String| unusable(&self.profile, &problem);
        let (name, settings) = match &self.file {
            Some(content) => setting::read_file(content).map_err(unusable)?,
            None => (Some(self.profile.clone()), toml::Table::new()),
        };
        let mut profile = Profile::named(name.as_deref().unwrap_or(DEFAULT), AAGUID).ok_or_else(|| {
            let names: Vec<&str> = Profile::NAMED.iter().map(|(name, _)| *name).collect();
            Failure::Usage(format!("there is no such profile; there are {}", names.join(" and ")))
        })?;
        if self.lab {
            profile = profile.in_lab();
        }
        profile.verification = if self.verification {
            BuiltInVerification::Configured
        } else {
            BuiltInVerification::Unsupported
        };
        if let Some(attestation) = self.attestation {
            profile.attestation = match attestation {
                WrittenAttestation::None => Format::None,
                WrittenAttestation::Packed => Format::PackedSelf,
            };
        }
        match self.reset_window {
            None => {}
            Some(WrittenWindow::Off) => profile.reset = ResetPolicy::Anytime,
            Some(WrittenWindow::Seconds(seconds)) => {
                profile.reset = ResetPolicy::Within(Duration::from_secs(seconds));
            }
        }
        for (key, value) in &in_order(settings) {
            setting::set(&mut profile, key, value).map_err(unusable)?;
        }
        for argument in &self.set {
            let set =
                setting::parse(argument).and_then(|(key, value)| setting::set(&mut profile, &key, &value));
            set.map_err(|problem| Failure::Usage(format!("--set {argument}: {problem}")))?;
        }
        profile.check().map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(profile)
    }
}

/// What others need comes first, wherever it stands in the file.
fn in_order(settings: toml::Table) -> Vec<(String, toml::Value)> {
    let mut settings: Vec<_> = settings.into_iter().collect();
    let place = |key: &str| setting::SETTINGS.iter().position(|setting| setting.key == key);
    settings.sort_by_key(|(key, _)| place(key));
    settings
}

fn unusable(profile: &str, problem: &str) -> Failure {
    Failure::Usage(format!("{}: {problem}", display(profile, usize::MAX)))
}
