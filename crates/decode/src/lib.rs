//! What CTAP bytes say, for people and for programs: an annotated tree.
//!
//! # What it is
//! [`decode`] takes a request, a reply, getInfo, authenticator data, an attestation object, a COSE key, or any CBOR, and gives
//! a tree of [`Node`]s in which every member has the specification's term and every number its meaning. What is unknown, of the
//! wrong type, missing, or against CTAP's canonical form carries a [`Note`]. Broken input gives what could be read of it, and
//! where and why it ends. [`Messages`] puts messages together from CTAPHID reports; [`recording`] does that for a whole file.
//! [`Node::to_text`] and [`Node::to_json`] write the tree.
//!
//! # What it is not
//! A judge: the authenticator's own decoder (`authenticator-core`) says what is accepted, and with which status. A verifier of
//! signatures. Nor does it decrypt: PINs, tokens and salts stay as they travel. What it writes has everything that was in the
//! input, names of sites and accounts among it.
//!
//! # Example
//! ```
//! use authenticator_decode::{Kind, decode};
//!
//! let tree = decode(&[0x06, 0xA1, 0x02, 0x01], Kind::Request);
//! assert_eq!(
//!     tree.to_text(),
//!     "request 0x06 authenticatorClientPIN: 4 bytes\n  0x02 subCommand: 1 (getPINRetries)\n"
//! );
//! ```

mod annotate;
mod auth_data;
mod cbor;
mod detect;
mod hid;
mod json;
mod message;
mod node;
mod note;
pub mod recording;
mod schema;
mod text;

pub use detect::{Unsure, detect};
pub use hid::{Direction, Message, Messages};
pub use message::{Command, Kind, decode};
pub use node::{Key, Node, Value};
pub use note::Note;
pub use text::quoted;

/// The name of a status byte in the specification; `None`: it has none.
#[must_use]
pub fn status_name(status: u8) -> Option<&'static str> {
    schema::status_name(status)
}
