//! WebAuthn JSON in and out, for a software authenticator that is also the WebAuthn client.
//!
//! What it is: the reading of creation and request options as sites and platforms send them, the rules that decide
//! which relying party an origin may speak for, the building of client data, the two ceremonies ([`Create`], [`Get`])
//! that turn options into a command of `authenticator-core` and its reply into a response, and the writing of the
//! responses. Which member of the options does what is in `docs/webauthn-options.md`.
//!
//! What it is not: it makes no keys, signs nothing, asks nobody, writes no store and opens no network connection; the
//! host drives the command's steps (`authenticator-host` has the loops). It does not decide whether an app is who it
//! says it is: the platform's caller check comes first, see [`Caller`].
//!
//! Nothing a type of this crate prints, be it an error or a `Debug`, contains a name, an id, a handle or a key.
//!
//! A passkey is made and signs in, with a person who is verified each time:
//! ```
//! use authenticator_core::{Context, DeviceKey, Gesture, NeedsUser, Profile, Requester};
//! use authenticator_host::{HashMapStore, SoftwareKeys, SystemClock, World, blocking, os_rng};
//! use authenticator_webauthn::{
//!     Caller, ClientDataSource, Create, CreationOptions, Ending, Get, Origin, RequestOptions,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let profile = Profile::phone([0; 16]);
//! let (store, clock) = (HashMapStore::default(), SystemClock::default());
//! let mut world = World::open(profile, &DeviceKey::new([7; 32]), store, os_rng(), clock)?;
//! let mut person = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::VERIFIED);
//! let caller = Caller::Web {
//!     origin: Origin::parse("https://login.example.com")?,
//!     top_origin: None,
//!     cross_origin: false,
//! };
//!
//! let options = CreationOptions::from_json(
//!     r#"{
//!         "rp": {"id": "example.com", "name": "Example"},
//!         "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
//!         "challenge": "AAECAwQFBgcICQoLDA0ODw",
//!         "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
//!         "authenticatorSelection": {"residentKey": "required"}
//!     }"#,
//! )?;
//! let ceremony = Create::prepare(&options, &caller, ClientDataSource::Build, &mut world.context())?;
//! let done = blocking::run(&mut world, &mut person, &mut SoftwareKeys, |cx| ceremony.begin(cx, Requester::default()));
//! let registration = ceremony.finish(&done.result)?;
//! assert!(registration.contains(r#""type":"public-key""#));
//!
//! let options = RequestOptions::from_json(r#"{"rpId": "example.com", "challenge": "EBESExQVFhcYGRobHB0eHw"}"#)?;
//! let ceremony = Get::prepare(&options, &caller, ClientDataSource::Build, &mut world.context())?;
//! let done = blocking::run(&mut world, &mut person, &mut SoftwareKeys, |cx| ceremony.begin(cx, Requester::default()));
//! world.write_hint(&done); // "last used"
//! let mut ending = ceremony.finish(&mut world.context(), &done.result)?;
//! let sign_in = loop {
//!     ending = match ending {
//!         Ending::Response(response) => break response,
//!         // The site has sent bytes to be kept with the passkey (`largeBlob`).
//!         Ending::NeedsWrite(write) => {
//!             let written = blocking::manage(&mut world, write.change());
//!             write.resume(&mut world.context(), written)
//!         }
//!     };
//! };
//! assert!(sign_in.contains(r#""userHandle":"dXNlci0x""#));
//! # Ok(())
//! # }
//! ```

mod app_id;
pub mod base64url;
mod caller;
mod capabilities;
mod cbor;
mod ceremony;
mod client_data;
mod deflate;
mod error;
mod host_name;
mod large_blob_array;
mod options;
mod origin;
mod response;
mod rp_id;
#[cfg(test)]
mod test_support;

pub use app_id::AppIdError;
pub use base64url::Base64Url;
pub use caller::Caller;
pub use capabilities::client_capabilities;
pub use ceremony::{Advice, ClientDataSource, Create, Ending, Evidence, Get, LargeBlobWrite};
pub use client_data::{ClientData, ClientDataType, CollectedClientData};
pub use error::{DomException, Error, ErrorKind, JsonType, MemberPath};
pub use host_name::HostNameError;
pub use large_blob_array::{LargeBlobArray, UnknownLayout};
pub use options::{
    AppIdInput, AttestationConveyance, AuthenticatorAttachment, AuthenticatorSelection, CoseAlgorithm,
    CreationExtensions, CreationOptions, CredentialDescriptor, CredentialProtection,
    CredentialProtectionPolicy, ExtensionInputs, Hint, LargeBlobRequest, LargeBlobSupport, PrfCreation,
    PrfRequest, PrfSalts, RelyingParty, RequestExtensions, RequestOptions, ResidentKey, Transport,
    UserEntity, UserVerification,
};
pub use origin::{Origin, OriginError};
pub use response::{
    Attestation, AuthenticationResponse, ExtensionResults, LargeBlobResult, PrfResult, PublicKey,
    RegistrationResponse, ResponseJson,
};
pub use rp_id::{RpId, RpIdError, effective_rp_id};
