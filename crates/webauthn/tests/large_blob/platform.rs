//! A platform that speaks CTAP, written after the specification (§6.10.3) and without this library's help: it takes the array
//! apart with another CBOR reader, and what it writes is in stored blocks of DEFLATE, which it makes itself.

use crate::site::SITE;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, at, bytes, decode, encode, map, named};
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{
    Request, client_pin, get_assertion, large_blob_fragments, make_credential, read_large_blobs,
};
use sha2::{Digest, Sha256};

const LARGE_BLOB_WRITE: u64 = 0x10;

/// What fits one message, with room to spare.
const FRAGMENT: usize = 1000;

/// RFC 1951 §3.2.4. One block holds 65535 bytes.
pub(crate) fn stored_block(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&[0x01], length.to_le_bytes().as_slice(), &(!length).to_le_bytes(), data].concat()
}

/// What another implementation of DEFLATE makes of it: the crate's own convenience, with a bound of its own.
pub(crate) fn inflated(compressed: &[u8], size: u64) -> Vec<u8> {
    let data = miniz_oxide::inflate::decompress_to_vec_with_limit(compressed, 10_000_000).unwrap();
    assert_eq!(u64::try_from(data.len()).unwrap(), size);
    data
}

fn associated_data(size: u64) -> Vec<u8> {
    [b"blob".as_slice(), &size.to_le_bytes()].concat()
}

fn size(blob: &[u8]) -> u64 {
    u64::try_from(blob.len()).unwrap()
}

/// Makes a passkey with a large blob key.
pub(crate) fn register(sim: &mut Sim, user: &[u8]) -> (Vec<u8>, [u8; 32]) {
    let request = make_credential(SITE, user).option("rk", true).option("uv", true);
    let reply = sim.send(&request.extension("largeBlobKey", true));
    let key = reply.member(0x05).unwrap().as_bytes().unwrap().as_slice().try_into().unwrap();
    (reply.auth_data().unwrap().credential_id.unwrap(), key)
}

/// The large blob key of a passkey, as a sign-in gives it.
pub(crate) fn key(sim: &mut Sim, id: &[u8]) -> [u8; 32] {
    let reply = sim.send(&get_assertion(SITE).list([id]).extension("largeBlobKey", true));
    reply.member(0x07).unwrap().as_bytes().unwrap().as_slice().try_into().unwrap()
}

/// The items of the array.
pub(crate) fn items(sim: &mut Sim) -> Vec<Value> {
    let mut array = Vec::new();
    loop {
        let reply = sim.send(&read_large_blobs(1000, size(&array)));
        let fragment = reply.member(0x01).unwrap();
        let fragment = fragment.as_bytes().unwrap();
        array.extend_from_slice(fragment);
        if fragment.len() < FRAGMENT {
            break;
        }
    }
    let (content, checksum) = array.split_at(array.len() - 16);
    assert_eq!(Sha256::digest(content)[..16], *checksum);
    decode(content).unwrap().into_array().unwrap()
}

/// Puts these items in place of all that there are.
pub(crate) fn replace(sim: &mut Sim, items: Vec<Value>) {
    let content = encode(&Value::Array(items));
    let array = [content.as_slice(), &Sha256::digest(&content)[..16]].concat();
    let platform = Platform::connect(sim, 2);
    let request =
        client_pin(subcommand::TOKEN_USING_UV).with(0x01, 2).with(0x03, platform.key_agreement.clone());
    let reply = sim.send(&request.with(0x09, LARGE_BLOB_WRITE));
    let token = platform.token(&reply).unwrap();
    for fragment in large_blob_fragments(&array, FRAGMENT) {
        assert_eq!(sim.send(&token.writes(fragment)).status, 0x00);
    }
}

/// The blob that was put in with this key.
pub(crate) fn blob(sim: &mut Sim, key: &[u8; 32]) -> Option<Vec<u8>> {
    items(sim).iter().find_map(|item| {
        let size = u64::try_from(at(item, 3)?.as_integer()?).unwrap();
        let nonce: [u8; 12] = at(item, 2)?.as_bytes()?.as_slice().try_into().ok()?;
        let payload = Payload { msg: at(item, 1)?.as_bytes()?, aad: &associated_data(size) };
        let compressed = Aes256Gcm::new(key.into()).decrypt(&Nonce::from(nonce), payload).ok()?;
        Some(inflated(&compressed, size))
    })
}

/// Puts a blob in beside what there is.
pub(crate) fn put(sim: &mut Sim, key: &[u8; 32], blob: &[u8]) {
    let mut items = items(sim);
    let payload = Payload { msg: &stored_block(blob), aad: &associated_data(size(blob)) };
    let sealed = Aes256Gcm::new(key.into()).encrypt(&Nonce::from([9; 12]), payload).unwrap();
    items.push(map([(1, bytes(&sealed)), (2, bytes(&[9; 12])), (3, size(blob).into())]));
    replace(sim, items);
}

/// A sign-in that reads or writes a blob of the credential's own, and what is put out.
pub(crate) fn own(sim: &mut Sim, id: &[u8], input: Value) -> Option<Value> {
    let request: Request = get_assertion(SITE).list([id]).option("uv", true);
    let reply: Reply = sim.send(&request.extension("largeBlob", input));
    assert_eq!(reply.status, 0x00);
    reply.member(0x08).map(|outputs| named(&outputs, "largeBlob").unwrap().clone())
}
