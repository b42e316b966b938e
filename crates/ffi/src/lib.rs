//! The passkey provider for apps in other languages.
//!
//! # What it is
//! Two objects over UniFFI and over a C ABI. An [`Authenticator`] is an open store. A [`Ceremony`] is one registration or
//! one sign-in: its [`Step`] is plain data that says what is needed, and its answers are plain data too. Nothing calls back
//! into the app and nothing is locked while the app thinks, so a prompt may take as long as it likes, on any thread.
//! Calls that do not fit are [`Misuse`] and change nothing; a panic stops at the boundary. `docs/ffi.md` is the contract,
//! with the state diagram.
//!
//! # What it is not
//! The API that an app's own code should see: Kotlin has `suspend` functions written by hand in `kotlin/`, and C has
//! `include/authenticator.h`. Packages for app stores' build tools come later.
//!
//! # Example
//! A passkey is made by a person who says yes:
//! ```
//! use authenticator_ffi::{
//!     AttestationSetup, Authenticator, Caller, ClientData, KeyBackend, Settings, Step, UserAnswer, VerificationSetup,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("passkeys.db").to_string_lossy().into_owned();
//! let settings = Settings {
//!     aaguid: vec![0; 16],
//!     verification: VerificationSetup::Configured,
//!     keys: KeyBackend::Software,
//!     attestation: AttestationSetup::SelfSigned,
//! };
//! let authenticator = Authenticator::open(path, vec![7; 32], settings)?;
//! let caller =
//!     Caller::Web { origin: "https://login.example.com".into(), top_origin: None, cross_origin: false };
//! let options = r#"{
//!     "rp": {"id": "example.com", "name": "Example"},
//!     "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
//!     "challenge": "AAECAwQFBgcICQoLDA0ODw",
//!     "pubKeyCredParams": [{"type": "public-key", "alg": -7}]
//! }"#;
//! let ceremony = authenticator.start_create(options.into(), caller, ClientData::Build)?;
//! assert!(matches!(ceremony.step()?, Step::NeedsUser { .. }));
//! ceremony.answer_user(UserAnswer::Approved { verified: true, chosen: None })?;
//! let Step::Done { response_json } = ceremony.step()? else { unreachable!("nothing else is needed") };
//! assert!(response_json.contains(r#""type":"public-key""#));
//! # Ok(())
//! # }
//! ```

mod authenticator;
pub mod c;
mod ceremony;
mod contain;
mod convert;
mod data;
mod drive;
mod failure;
mod misuse;
mod passkeys;
#[cfg(test)]
mod test_support;
mod upkeep;

pub use authenticator::Authenticator;
pub use ceremony::Ceremony;
pub use data::{
    Ask, AttestationSetup, Caller, Candidate, ClientData, KeyAnswer, KeyBackend, KeyProblem, KeyRequest,
    Page, Prompt, Refusal, Settings, SignatureAnswer, SignatureRequest, Step, StepKind, User, UserAnswer,
    UserRequest, VerificationSetup,
};
pub use failure::{Failure, FailureKind};
pub use misuse::{ArgumentProblem, Misuse, OpenError, SaveError};
pub use passkeys::{Passkey, PasskeyDetails, PasskeyError, PasskeyMark, PasskeyPage, PasskeyState};
pub use upkeep::{KeyName, UnwantedKey, UpkeepError};

uniffi::setup_scaffolding!("authenticator");
