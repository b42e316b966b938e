//! Replies: what ctap-types read of one, they write in the same bytes.

use crate::item::{Item, read};
use cbor_smol::cbor_deserialize;
use ctap_types::Vec;
use ctap_types::ctap2::{Response, client_pin, credential_management, large_blobs};
use ctap_types::sizes::{ASN1_SIGNATURE_LENGTH, LARGE_BLOB_MAX_FRAGMENT_LENGTH};

/// Whether ctap-types' types can hold a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// They do, and write it in the same bytes.
    Same,
    /// They have no words for something in it.
    Beyond,
}

/// The longest body of a reply.
const ROOM: usize = 7609;

/// Has ctap-types read the reply of a success to this command, status byte and all, and write it again.
///
/// # Panics
/// When their types can hold it, and what they write is something else; or when they cannot, and they do all the same.
pub fn judge_reply(command: u8, reply: &[u8]) -> Held {
    let Some((0x00, body)) = reply.split_first() else { return Held::Beyond };
    let again = response(command, body).map(|response| {
        let mut buffer = Vec::<u8, ROOM>::new();
        response.serialize(buffer.as_mut_view());
        buffer.as_slice().to_vec()
    });
    let same = again.as_deref() == Some(reply);
    let holds = can_hold(command, body);
    assert_eq!(same, holds, "{reply:02x?}, in their words {again:02x?}");
    if holds { Held::Same } else { Held::Beyond }
}

/// A reply in their words. `None`: they cannot read it.
fn response(command: u8, body: &[u8]) -> Option<Response> {
    Some(match (command, body.is_empty()) {
        (0x01, _) => Response::MakeCredential(cbor_deserialize(body).ok()?),
        (0x02, _) => Response::GetAssertion(cbor_deserialize(body).ok()?),
        (0x08, _) => Response::GetNextAssertion(cbor_deserialize(body).ok()?),
        (0x04, _) => Response::GetInfo(cbor_deserialize(body).ok()?),
        (0x06, true) => Response::ClientPin(client_pin::Response::default()),
        (0x06, false) => Response::ClientPin(cbor_deserialize(body).ok()?),
        (0x0A | 0x41, true) => Response::CredentialManagement(credential_management::Response::default()),
        (0x0A | 0x41, false) => Response::CredentialManagement(cbor_deserialize(body).ok()?),
        (0x0C, true) => Response::LargeBlobs(large_blobs::Response::default()),
        (0x0C, false) => Response::LargeBlobs(cbor_deserialize(body).ok()?),
        (0x07, true) => Response::Reset,
        (0x0B, true) => Response::Selection,
        (0x0D, true) => Response::Config,
        _ => return None,
    })
}

/// Whether their types have room for it: by its bytes, and not by asking them.
fn can_hold(command: u8, body: &[u8]) -> bool {
    let (item, _) = read(body);
    // What has nothing to say has room.
    let Some(reply) = item else { return true };
    match command {
        0x01 => can_hold_registration(&reply),
        0x02 | 0x08 => reply.at(3).is_some_and(|signature| fits(signature, ASN1_SIGNATURE_LENGTH)),
        0x04 => can_hold_info(&reply),
        0x0A | 0x41 => reply.at(8).is_none_or(|key| key.at(3).is_some_and(is_their_algorithm)),
        0x0C => reply.at(1).is_some_and(|fragment| fits(fragment, LARGE_BLOB_MAX_FRAGMENT_LENGTH)),
        _ => true,
    }
}

fn fits(bytes: &Item<'_>, room: usize) -> bool {
    matches!(bytes, Item::Bytes(bytes) if bytes.len() <= room)
}

/// ES256 or EdDSA, −7 or −8.
pub(crate) const fn is_their_algorithm(number: &Item<'_>) -> bool {
    matches!(number, Item::Negative(6 | 7))
}

/// One certificate, of 1 KiB, and a signature that is not too long.
fn can_hold_registration(reply: &Item<'_>) -> bool {
    let of_statement = |name| reply.at(3).and_then(|statement| statement.named(name));
    let chain = of_statement("x5c").map(Item::array).unwrap_or_default();
    chain.len() <= 1
        && chain.iter().all(|certificate| fits(certificate, 1024))
        && of_statement("sig").is_none_or(|signature| fits(signature, ASN1_SIGNATURE_LENGTH))
}

/// They have neither ES384 nor the cross-device and internal transports, nor perCredMgmtRO, nor pinComplexityPolicy. They take
/// the encrypted identifiers for texts. A transport for reset has a name of eight bytes at most, and there are four.
fn can_hold_info(reply: &Item<'_>) -> bool {
    let texts = |key| reply.at(key).map(Item::array).unwrap_or_default().iter().filter_map(Item::text);
    let read_only = reply.at(4).is_some_and(|options| options.named("perCredMgmtRO").is_some());
    let algorithms = reply.at(0x0A).map(Item::array).unwrap_or_default();
    !read_only
        && algorithms.iter().all(|one| one.named("alg").is_some_and(is_their_algorithm))
        && reply.at(0x19).is_none()
        && reply.at(0x1E).is_none()
        && texts(0x02).all(|extension| extension != b"pinComplexityPolicy")
        && texts(0x09).all(|transport| matches!(transport, b"nfc" | b"smart-card" | b"usb"))
        && texts(0x1A).all(|transport| transport.len() <= 8)
        && texts(0x1A).count() <= 4
}
