//! A deterministic authenticator for tests.
//!
//! # What it is
//! [`Sim`]: an authenticator whose user is scripted ([`ScriptedUser`]), whose randomness is seeded ([`SeededRng`]), whose
//! clocks move by hand ([`HandClock`]), whose store fails when told to ([`FaultStore`]) and whose key backend has moods
//! ([`FakeKeys`]). [`request`] builds requests, good and bad; [`reply`] takes replies apart and verifies their signatures
//! without the core's help; [`pin`] is a platform that knows a PIN. The same seed gives the same bytes. [`contract`] is what every store must pass.
//!
//! # What it is not
//! Secure: its device key is public and its randomness is none. It is a development dependency and nothing else.
//!
//! # Example
//! A story: a site registers a user, who then signs in.
//! ```
//! use authenticator_core::Profile;
//! use authenticator_testkit::{Sim, request::{self, CLIENT_DATA_HASH}};
//!
//! let mut sim = Sim::new(Profile::security_key([0; 16]));
//! let registered = sim.send(&request::make_credential("example.com", b"user 1").option("rk", true));
//! assert_eq!(registered.status, 0x00);
//! let credential = registered.auth_data().unwrap();
//!
//! let signed_in = sim.send(&request::get_assertion("example.com"));
//! assert_eq!(signed_in.status, 0x00);
//! assert!(signed_in.is_signed_by(&credential, &CLIENT_DATA_HASH));
//! ```

mod anchor;
pub mod cbor;
mod clock;
pub mod contract;
mod faults;
mod keys;
mod keystore;
pub mod leaks;
pub mod pin;
pub mod reply;
pub mod request;
mod rng;
mod sim;
mod user;
pub mod vectors;

pub use anchor::FakeAnchor;
pub use clock::HandClock;
pub use faults::{Fault, FaultStore};
pub use keys::{FakeKeys, Mood};
pub use keystore::{KEYSTORE, Keystore, with_keystore};
pub use rng::SeededRng;
pub use sim::{Sim, SimWorld, device_key};
pub use user::{Answer, Candidate, ScriptedUser, Seen};
