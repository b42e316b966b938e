//! What lies in an array of large blobs, and in a blob: any client may have written it.

use authenticator_core::{LargeBlobStorage, Profile, Requester, Secret};
use authenticator_host::blocking;
use authenticator_testkit::cbor::{Value, bytes, decode, map};
use authenticator_testkit::request::{get_assertion, make_credential};
use authenticator_testkit::{SeededRng, Sim};
use authenticator_webauthn::{
    Caller, ClientDataSource, Ending, Get, LargeBlobArray, Origin, RequestOptions, base64url,
};
use sha2::{Digest, Sha256};

/// The key of entries that a corpus may have; nobody has put anything in with the other.
const KEYS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

/// Any bytes are an array, as they are and with a checksum, and a blob of any size. What is put into an array is read again,
/// and whatever else was in it is there to the byte, in every array that another reader reads; what a blob claims of its size is true or it is none.
///
/// # Panics
/// When it is otherwise.
pub fn large_blob_arrays(data: &[u8]) {
    let checksum = Sha256::digest(data);
    let with_checksum: Vec<u8> = data.iter().copied().chain(checksum.into_iter().take(16)).collect();
    for array in [data, &with_checksum] {
        for key in KEYS {
            put(array, &Secret::new(key));
        }
    }
    let key = Secret::new([2; 32]);
    match added(&with_checksum, b"blob", &key) {
        // All items are there, in their order.
        Some(untouched) => {
            let items = data.get(head(data)..).unwrap_or_default();
            let alone = added(&[], b"blob", &key).unwrap_or_default();
            let new = alone.get(1..alone.len().saturating_sub(16)).unwrap_or_default();
            let kept =
                untouched.get(head(&untouched)..untouched.len().saturating_sub(16)).unwrap_or_default();
            assert!(kept == [items, new].concat(), "an item of others is not what it was");
        }
        None => assert!(!is_array(data), "an array that another reads is refused"),
    }
    inflate(data);
}

/// Whether another reader takes it for an array of definite length and for nothing else.
fn is_array(data: &[u8]) -> bool {
    data.first() != Some(&0x9F) && decode(data).is_some_and(|value| value.is_array())
}

/// How long the head of an array is that begins so.
fn head(array: &[u8]) -> usize {
    match array.first().map(|first| first & 0x1F) {
        Some(24) => 2,
        Some(25) => 3,
        Some(26) => 5,
        Some(27) => 9,
        _ => 1,
    }
}

/// `None`: what is there is whole, and no array.
fn added(array: &[u8], blob: &[u8], key: &Secret<32>) -> Option<Vec<u8>> {
    LargeBlobArray::parse(array).ok()?.put(blob, key, &mut SeededRng::new(7))
}

fn put(array: &[u8], key: &Secret<32>) {
    let Some(once) = added(array, b"blob", key) else { return };
    let found = LargeBlobArray::parse(&once).ok().and_then(|array| array.blob(key));
    assert!(found.is_some_and(|found| *found == b"blob"[..]), "what was put in is there");
    let twice = added(array, b"before", key).and_then(|before| added(&before, b"blob", key));
    assert!(twice == Some(once), "the later takes the place of the earlier, and of nothing else");
}

/// The first three bytes are the size that the others claim to have been compressed from.
fn inflate(data: &[u8]) {
    let Some((size, compressed)) = data.split_first_chunk::<3>() else { return };
    let size = size.iter().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    let mut sim = Sim::new(Profile { large_blobs, ..Profile::phone([0; 16]) });
    let made = sim.send(&make_credential("example.com", b"ada").option("rk", true).option("uv", true));
    let Some(id) = made.auth_data().and_then(|data| data.credential_id) else { return };
    let input = map([("write", bytes(compressed)), ("originalSize", Value::from(size))]);
    sim.send(
        &get_assertion("example.com").list([id.as_slice()]).option("uv", true).extension("largeBlob", input),
    );
    let Some(answer) = read(&mut sim, &base64url::encode(&id)) else { return };
    let blob = answer.split_once(r#""largeBlob":{"blob":""#).and_then(|(_, rest)| rest.split('"').next());
    if let Some(blob) = blob.and_then(|blob| base64url::decode(blob).ok()) {
        assert!(u64::try_from(blob.len()).is_ok_and(|length| length == size), "it is as long as it claims");
        assert!(size <= 1024 * 1024, "and never longer than anybody believes");
    }
}

/// What a site reads.
fn read(sim: &mut Sim, id: &str) -> Option<String> {
    let options = format!(
        r#"{{"rpId": "example.com", "challenge": "AAEC", "allowCredentials": [{{"type": "public-key", "id": "{id}"}}],
            "extensions": {{"largeBlob": {{"read": true}}}}}}"#
    );
    let options = RequestOptions::from_json(&options).ok()?;
    let origin = Origin::parse("https://example.com").ok()?;
    let caller = Caller::Web { origin, top_origin: None, cross_origin: false };
    let get = Get::prepare(&options, &caller, ClientDataSource::Build, &mut sim.world.context()).ok()?;
    let Sim { world, user, keys, .. } = sim;
    let done = blocking::run(world, user, keys, |cx| get.begin(cx, Requester::default()));
    match get.finish(&mut world.context(), &done.result).ok()? {
        Ending::Response(response) => Some(response.to_string()),
        Ending::NeedsWrite(_) => None,
    }
}
