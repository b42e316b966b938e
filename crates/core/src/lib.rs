//! A CTAP2 authenticator without an operating system: `no_std`, no allocator, no clock, no thread, no panic.
//!
//! # What it is
//! The command state machines of an authenticator (makeCredential, getAssertion and their kin), its credential store's
//! format, and software keys. A command is decoded from bytes, begun, and yields [`Step`]s: ask a person, make a key,
//! use a key, commit a change set. The host does each in its own time and resumes the step with the answer, until the
//! command is [`Done`]. Credentials are bound to the device: BE=0 and BS=0 always, and no private key leaves its backend.
//!
//! # What it is not
//! A transport (`authenticator-transport`), a driver or a store on disk (`authenticator-host`,
//! `authenticator-store-sqlite`), a WebAuthn client (`authenticator-webauthn`) or an app (`authenticator-provider`).
//!
//! # Example
//! getInfo, from request bytes to reply bytes:
//! ```
//! use authenticator_core::{
//!     Authenticator, BootId, Context, DeviceKey, Now, Profile, Requester, Session, Step, begin, store::MemoryStore,
//! };
//! # struct Zeros;
//! # impl rand_core::TryRng for Zeros {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(0) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(0) }
//! #     fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> { bytes.fill(0); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for Zeros {}
//! # let (mut rng, device_key) = (Zeros, DeviceKey::new([7; 32]));
//! let now = Now { boot: BootId([1; 16]), since_boot: core::time::Duration::from_secs(5), unix: None };
//! let authenticator = Authenticator::new(Profile::security_key([0; 16]), &device_key)?;
//! let store = MemoryStore::<16>::new();
//! let mut session = Session::new(now);
//! let mut cx = Context { authenticator: &authenticator, session: &mut session, store: &store, rng: &mut rng, now };
//!
//! let Step::Done(done) = begin(&[0x04], &mut cx, Requester::default()) else { unreachable!("getInfo asks for nothing") };
//! let mut reply = [0; 1024];
//! let length = done.encode(cx.session, &mut reply);
//! assert_eq!(reply[0], 0x00); // the status: success
//! assert!(length > 1);
//! # Ok::<(), authenticator_core::ProfileError>(())
//! ```
//!
//! Commands that need a person, a key or the store are driven by `authenticator-host`; its blocking driver is the loop to
//! read first.
#![no_std]
#![allow(clippy::large_enum_variant, reason = "there is no allocator to box the large variant with")]

mod attestation;
mod auth_data;
mod authenticator;
mod bounded;
mod capability;
mod cbor;
mod command;
mod commit;
#[cfg(feature = "constant-time-check")]
#[doc(hidden)]
pub mod constant_time;
mod context;
mod cose;
pub mod credential;
mod descriptor;
#[cfg(feature = "differential-check")]
#[doc(hidden)]
pub mod differential;
mod error;
mod extension;
pub mod key;
mod pin;
mod profile;
mod reply;
mod request;
mod secret;
mod session;
mod standing;
mod status;
mod step;
pub mod store;
mod time;
mod user;

pub use attestation::{Format, Preference};
pub use auth_data::AuthData;
pub use authenticator::{Authenticator, DeviceKey, Opened};
pub use bounded::{Bytes, Text};
pub use command::{
    AmongNamed, ClientPin, Command, Config, CredentialManagement, GetAssertion, Info, LargeBlobs,
    MakeCredential, Manage, PinUvAuth, Replacement, User, begin,
};
pub use commit::ArrayMark;
pub use context::{Context, HOST_SEAL_OVERHEAD};
pub use cose::{Algorithm, Algorithms, PublicKey};
pub use descriptor::CredentialList;
pub use error::{Error, LargeBlobError, PinError, PinUvAuthError, RequestError, SealedError};
pub use extension::{
    AssertionExtensions, HmacSecrets, LargeBlobRequest, LargeBlobSupport, MAX_CRED_BLOB, PlainSalts,
    RegistrationExtensions, Salts, SealedSalts,
};
pub use profile::{
    BasicAttestation, BuiltInVerification, Chooser, ConfigCommand, EnterpriseAttestation, HmacSecret,
    LargeBlobStorage, MAX_LARGE_BLOB, MAX_LARGE_BLOB_ARRAY, Management, NamedProfile, PinRules, Profile,
    ProfileError, ResetPolicy, SignCount, Transport, VerificationCount,
};
pub use reply::{
    Asserted, Attestation, CredentialsMetadata, LargeBlobFragment, LargeBlobOutput, ListedCredential,
    ListedRelyingParty, PinReply, Registered, Reply, StoredLargeBlob,
};
pub use request::decode;
pub use secret::{Secret, leaving_no_trace};
pub use session::Session;
pub use status::Status;
pub use step::{Activity, Done, NeedsCommit, NeedsKeypair, NeedsSignature, NeedsUser, Step};
pub use time::{BootId, Now};
pub use user::{
    Ask, CandidateRef, Consent, Gesture, LONG_TOUCH, Presence, Prompt, Refusal, Requester, Verification,
    Verified,
};
