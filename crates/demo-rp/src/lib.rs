//! An independent relying party for `authenticator demo`.
//!
//! **What it is.** The website's side of a passkey, kept in memory: accounts, credentials and the challenges
//! that wait for an answer. It hands out the JSON that a browser gives to `navigator.credentials`
//! (`PublicKeyCredentialCreationOptionsJSON`, `PublicKeyCredentialRequestOptionsJSON`) and judges the JSON that
//! comes back. The checks of WebAuthn L3 §7.1 and §7.2 are made by the registry crate [`webauthn_rp`], which is
//! not ours and verifies with other crypto crates than the authenticator signs with. It reads strictly: what a
//! lenient website would let pass may be refused here.
//!
//! **What it is not.** A server for real people: there is no network, no session and no database, and it is
//! never published. It accepts device-bound passkeys only (BE = 0, BS = 0), because that is what this project
//! makes. It verifies `none` and packed self attestation and refuses every other statement.
//!
//! # Example
//!
//! ```
//! use authenticator_demo_rp::{RelyingParty, RpError};
//!
//! # fn main() -> Result<(), RpError> {
//! let mut site = RelyingParty::new("example.com", "https://example.com")?;
//!
//! // What the site would send to the browser, and the browser to the authenticator.
//! let options = site.registration_options("alice", "Alice")?;
//! assert!(options.contains(r#""residentKey":"required""#));
//!
//! // An answer that is no answer is refused with a reason.
//! assert!(matches!(site.finish_registration("{}"), Err(RpError::Malformed(_))));
//!
//! // Accounts and credentials outlive the process as JSON text; open challenges do not.
//! let saved = site.export()?;
//! let mut later = RelyingParty::new("example.com", "https://example.com")?;
//! later.import(&saved)?;
//! # Ok(())
//! # }
//! ```

mod book;
mod error;
mod names;
mod options;
mod relying_party;
mod settings;

#[cfg(test)]
mod scenes;
#[cfg(test)]
mod soft_authenticator;

pub use error::RpError;
pub use relying_party::{AttestationFormat, Registered, RelyingParty, SignedIn};
pub use settings::{Algorithm, Attestation, Settings, UserVerification};
