//! One blob through both doors.

use crate::platform;
use crate::site::{kept, read, register, write, written};
use authenticator_core::{LargeBlobStorage, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, bytes, map, named};
use authenticator_testkit::pin::Platform;
use serde_json::json;

fn blobs() -> [Vec<u8>; 4] {
    [vec![], b"a certificate".to_vec(), b"again and ".repeat(5000), (0..=255).cycle().take(3000).collect()]
}

/// Covers: LBK-02, LBK-03
#[test]
fn map01_lba02_what_a_site_writes_a_client_of_ctap_finds_in_the_array() {
    let mut sim = Sim::new(Profile::phone([0x11; 16]));
    let (id, said) = register(&mut sim, "ada");
    assert_eq!(said, json!({"supported": true}));
    let (other, others_key) = platform::register(&mut sim, b"other");
    platform::put(&mut sim, &others_key, b"of a client's");
    let foreign = platform::items(&mut sim);
    let key = platform::key(&mut sim, &id);
    for blob in blobs() {
        assert_eq!(write(&mut sim, &id, &blob), written(true));
        assert_eq!(platform::blob(&mut sim, &key), Some(blob));
        let items = platform::items(&mut sim);
        assert_eq!((&items[..1], items.len()), (&foreign[..], 2));
    }
    assert_eq!(read(&mut sim, &other), kept(b"of a client's"));
}

/// Covers: LBK-01
#[test]
fn map01_lba02_what_a_client_of_ctap_puts_into_the_array_a_site_reads() {
    let mut sim = Sim::new(Profile::phone([0x11; 16]));
    let (of_ctap, key) = platform::register(&mut sim, b"ada");
    let (of_json, _) = register(&mut sim, "bob");
    let keys = [key, platform::key(&mut sim, &of_json)];
    // What the platform writes is as long as it was, and two of them are to fit.
    for blob in blobs().map(|blob| blob[..blob.len().min(1500)].to_vec()) {
        platform::replace(&mut sim, vec![Value::Null]);
        for (id, key) in [&of_ctap, &of_json].into_iter().zip(&keys) {
            assert_eq!(read(&mut sim, id), json!({}));
            platform::put(&mut sim, key, &blob);
            assert_eq!(read(&mut sim, id), kept(&blob), "{} bytes", blob.len());
        }
        assert_eq!(write(&mut sim, &of_ctap, b"anew"), written(true));
        assert_eq!(platform::blob(&mut sim, &keys[0]), Some(b"anew".to_vec()));
        assert_eq!(platform::blob(&mut sim, &keys[1]), Some(blob));
    }
}

/// Covers: LBX-02, LBX-03, LBX-04
#[test]
fn map01_a_blob_of_a_credentials_own_is_the_same_through_json_and_through_ctap() {
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    let mut sim = Sim::new(Profile { large_blobs, ..Profile::phone([0x11; 16]) });
    let (id, said) = register(&mut sim, "ada");
    assert_eq!(said, json!({"supported": true}));
    for blob in blobs() {
        assert_eq!(write(&mut sim, &id, &blob), written(true));
        let found = platform::own(&mut sim, &id, map([("read", true)])).unwrap();
        let size = named(&found, "originalSize").unwrap().as_integer().unwrap();
        let compressed = named(&found, "blob").unwrap().as_bytes().unwrap();
        assert_eq!(platform::inflated(compressed, size.try_into().unwrap()), blob);
    }
    for blob in blobs().into_iter().filter(|blob| blob.len() < 1000) {
        let size = Value::from(u64::try_from(blob.len()).unwrap());
        let input = map([("write", bytes(&platform::stored_block(&blob))), ("originalSize", size)]);
        assert_eq!(platform::own(&mut sim, &id, input), Some(map([("written", true)])));
        assert_eq!(read(&mut sim, &id), kept(&blob));
    }
    // A client that says another size than the true one has stored no blob.
    let input = map([("write", bytes(&platform::stored_block(b"blob"))), ("originalSize", 5.into())]);
    assert_eq!(platform::own(&mut sim, &id, input), Some(map([("written", true)])));
    assert_eq!(read(&mut sim, &id), json!({}));
}

/// A PIN is nothing that this library's own client can ask for, so that nobody is verified: as for a client without a token.
#[test]
fn nothing_is_written_where_a_pin_protects_and_nobody_shows_it() {
    for large_blobs in [LargeBlobStorage::Array { max: 4096 }, LargeBlobStorage::PerCredential { max: 1024 }]
    {
        let mut sim = Sim::new(Profile { large_blobs, ..Profile::security_key([0x22; 16]) });
        let (id, _) = register(&mut sim, "ada");
        assert_eq!(write(&mut sim, &id, b"before"), written(true), "nothing protects it yet");
        let platform = Platform::connect(&mut sim, 2);
        assert_eq!(sim.send(&platform.set_pin("1234")).status, 0x00);
        let commits = sim.world.store.commits();
        assert_eq!(write(&mut sim, &id, b"after"), written(false));
        assert_eq!(sim.world.store.commits() - commits, 1, "the note of the use, and nothing else");
        assert_eq!(read(&mut sim, &id), kept(b"before"));
    }
}
