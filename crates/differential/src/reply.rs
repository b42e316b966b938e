//! Replies: what ctap-types read of one, they write in the same bytes.

use crate::item::{Item, read};
use cbor_smol::cbor_deserialize;
use ctap_types::Vec;
use ctap_types::ctap2::{Response, client_pin, credential_management};

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
#[must_use]
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
        (0x07, true) => Response::Reset,
        (0x0B, true) => Response::Selection,
        (0x0D, true) => Response::Config,
        _ => return None,
    })
}

/// Whether their types have room for it: by its bytes, and not by asking them.
fn can_hold(command: u8, body: &[u8]) -> bool {
    let (item, _) = read(body);
    match (command, item) {
        (0x01, Some(reply)) => can_hold_registration(&reply),
        (0x04, Some(reply)) => can_hold_info(&reply),
        _ => true,
    }
}

/// One certificate, of 1 KiB.
fn can_hold_registration(reply: &Item<'_>) -> bool {
    let chain = reply.at(3).and_then(|statement| statement.named("x5c")).map(Item::array);
    let fits = |certificate: &Item<'_>| matches!(certificate, Item::Bytes(bytes) if bytes.len() <= 1024);
    chain.is_none_or(|chain| chain.len() <= 1 && chain.iter().all(fits))
}

/// They have neither the cross-device and internal transports, nor perCredMgmtRO, nor pinComplexityPolicy among the extensions;
/// they take the encrypted identifiers for texts; a transport for reset has a name of eight bytes at most, and there are four.
fn can_hold_info(reply: &Item<'_>) -> bool {
    let texts = |key| reply.at(key).map(Item::array).unwrap_or_default().iter().filter_map(Item::text);
    let read_only = reply.at(4).is_some_and(|options| options.named("perCredMgmtRO").is_some());
    !read_only
        && reply.at(0x19).is_none()
        && reply.at(0x1E).is_none()
        && texts(0x02).all(|extension| extension != b"pinComplexityPolicy")
        && texts(0x09).all(|transport| matches!(transport, b"nfc" | b"smart-card" | b"usb"))
        && texts(0x1A).all(|transport| transport.len() <= 8)
        && texts(0x1A).count() <= 4
}
