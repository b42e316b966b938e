use authenticator_core::store::CommitError;
use authenticator_core::{Ask, BuiltInVerification, Command, Done, LargeBlobs, Profile, Reply, Requester};
use authenticator_host::blocking;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::base64url;
use crate::ceremony::test_world::{
    Device, choosing_the_newest, creation, descriptor, hash_of_client_data, id, judge_registration,
    judge_sign_in, obliging, parse, request, web,
};
use crate::error::DomException;
use crate::{ClientDataSource, Get, RequestOptions};

const PLACES: [LargeBlobStorage; 2] =
    [LargeBlobStorage::Array { max: 4096 }, LargeBlobStorage::PerCredential { max: 1024 }];

fn keeping(large_blobs: LargeBlobStorage) -> Device {
    Device::new(Profile { large_blobs, ..Profile::phone([0xaa; 16]) })
}

/// Bytes that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    let blocks = (0_u32..).flat_map(|number| Sha256::digest(number.to_be_bytes()).to_vec());
    blocks.take(length).collect()
}

fn user(name: &str) -> Value {
    json!({"id": base64url::encode(name.as_bytes()), "name": name, "displayName": name})
}

/// Makes a passkey of this user's that can have a blob, and gives its id.
fn register(device: &mut Device, name: &str) -> String {
    let support = json!({"largeBlob": {"support": "required"}});
    let made = device.create(&creation(json!({"user": user(name), "extensions": support}))).unwrap();
    assert_eq!(answer(&made), json!({"supported": true}));
    id(&made).to_owned()
}

/// What `largeBlob` answers.
fn answer(response: &Value) -> Value {
    response["clientExtensionResults"]["largeBlob"].clone()
}

fn sign_in(ids: &[&str], large_blob: Value) -> Value {
    let allowed: Vec<Value> = ids.iter().map(|id| descriptor(id)).collect();
    request(json!({"allowCredentials": allowed, "extensions": {"largeBlob": large_blob}}))
}

fn read(device: &mut Device, id: &str) -> Value {
    answer(&device.get(&sign_in(&[id], json!({"read": true}))).unwrap())
}

fn write(device: &mut Device, id: &str, blob: &[u8]) -> Value {
    let input = json!({"write": base64url::encode(blob)});
    answer(&device.get(&sign_in(&[id], input)).unwrap())
}

fn kept(blob: &[u8]) -> Value {
    json!({"blob": base64url::encode(blob)})
}

fn written(written: bool) -> Value {
    json!({"written": written})
}

/// The array as a client of CTAP reads it.
fn array(device: &mut Device) -> Vec<u8> {
    let read = LargeBlobs { get: Some(4096), offset: Some(0), ..LargeBlobs::default() };
    let done = device.drive(obliging, |cx| Command::LargeBlobs(read).begin(cx, Requester::default()));
    let Ok(Reply::LargeBlobs(fragment)) = done.result else { panic!("an array") };
    fragment.bytes(&device.world.session).unwrap().to_vec()
}

/// The same, however long a message may be.
fn host_reads(device: &mut Device) -> Vec<u8> {
    device.world.context().large_blob_array().unwrap().0.to_vec()
}

/// Puts an array there, as somebody else does.
fn put(device: &mut Device, array: &[u8]) {
    let (_, read) = device.world.context().large_blob_array().unwrap();
    blocking::manage(&mut device.world, Manage::ReplaceLargeBlobs { read, array }).unwrap();
}

#[test]
fn map01_what_a_site_writes_it_reads_again() {
    for place in PLACES {
        let mut device = keeping(place);
        let [ada, bob] = ["ada", "bob"].map(|name| register(&mut device, name));
        assert_eq!(read(&mut device, &ada), json!({}), "nothing yet");
        for blob in [&b"a certificate"[..], b"", &noise(900), &[7; 100_000], b"the last"] {
            assert_eq!(write(&mut device, &ada, blob), written(true), "{place:?}, {} bytes", blob.len());
            assert_eq!(read(&mut device, &ada), kept(blob), "{place:?}, {} bytes", blob.len());
            assert_eq!(read(&mut device, &bob), json!({}), "of each its own");
        }
        assert_eq!(write(&mut device, &bob, b"of bob"), written(true));
        assert_eq!(read(&mut device, &ada), kept(b"the last"));
        assert_eq!(read(&mut device, &bob), kept(b"of bob"));

        device.world.power_cycle();
        let usernameless = device.get(&sign_in(&[], json!({"read": true})));
        assert_eq!(usernameless.unwrap_err().name(), DomException::NotAllowedError, "nobody chose");
        let either = sign_in(&[&ada, &bob], json!({"read": true}));
        assert_eq!(device.get(&either).unwrap_err().name(), DomException::NotAllowedError, "nobody chose");
        let either = device.get_with(&either, ClientDataSource::Build, choosing_the_newest).unwrap();
        assert_eq!(answer(&either), kept(b"of bob"), "the one that was chosen");
        for untouched in [json!({}), json!({"read": false})] {
            assert_eq!(answer(&device.get(&sign_in(&[&ada], untouched)).unwrap()), Value::Null);
        }
        let unasked = device.get(&request(json!({"allowCredentials": [descriptor(&ada)]}))).unwrap();
        assert_eq!(answer(&unasked), Value::Null);
    }
}

/// Nothing of it is signed, and the key that seals it leaves the device in no response.
#[test]
fn map01_an_assertion_says_nothing_of_the_blob() {
    for place in PLACES {
        let mut device = keeping(place);
        let support = json!({"largeBlob": {"support": "preferred"}});
        let made = device.create(&creation(json!({"extensions": support}))).unwrap();
        let registration = judge_registration(&made, &hash_of_client_data(&made));
        assert_eq!(registration.extensions, None);
        for input in [json!({"write": "AAEC"}), json!({"read": true})] {
            let signed = device.get(&sign_in(&[id(&made)], input)).unwrap();
            judge_sign_in(&signed, &registration.key, &hash_of_client_data(&signed));
            let results = signed["clientExtensionResults"].as_object().unwrap();
            assert_eq!(results.keys().collect::<Vec<_>>(), ["largeBlob"]);
        }
    }
}

#[test]
fn map01_a_registration_says_whether_there_can_be_a_blob() {
    let selection = |resident_key: &str| json!({"residentKey": resident_key});
    for place in PLACES {
        for (resident_key, support, supported) in [
            ("required", "preferred", true),
            ("preferred", "preferred", true),
            ("discouraged", "preferred", false),
            // A site that discourages it takes a discoverable credential all the same (L3 §5.4.6).
            ("discouraged", "required", true),
            ("required", "required", true),
        ] {
            let mut device = keeping(place);
            let made = device
                .create(&creation(json!({
                    "authenticatorSelection": selection(resident_key),
                    "extensions": {"credProps": true, "largeBlob": {"support": support}},
                })))
                .unwrap();
            assert_eq!(
                made["clientExtensionResults"],
                json!({"credProps": {"rk": supported}, "largeBlob": {"supported": supported}}),
                "{place:?}, {resident_key}, {support}"
            );
            let expected = if supported { kept(b"blob") } else { json!({}) };
            assert_eq!(write(&mut device, id(&made), b"blob"), written(supported));
            assert_eq!(read(&mut device, id(&made)), expected);
        }
        let mut device = keeping(place);
        let made = device.create(&creation(json!({}))).unwrap();
        assert_eq!(answer(&made), Value::Null, "it was not asked");
    }
}

#[test]
fn where_there_are_no_blobs_none_is_promised() {
    let bare = |large_blobs, discoverable| {
        Device::new(Profile { large_blobs, discoverable, ..Profile::phone([0xaa; 16]) })
    };
    let [shared, _] = PLACES;
    for (place, discoverable) in
        [(LargeBlobStorage::None, true), (LargeBlobStorage::None, false), (shared, false)]
    {
        let mut device = bare(place, discoverable);
        let options = |support: &str| {
            let selection = json!({"residentKey": "preferred"});
            let support = json!({"largeBlob": {"support": support}});
            creation(json!({"authenticatorSelection": selection, "extensions": support}))
        };
        let refused = device.create(&options("required")).unwrap_err();
        assert_eq!(refused.name(), DomException::NotAllowedError, "{place:?}");
        assert!(refused.to_string().ends_with("Use another device or another way to sign in."), "{refused}");
        assert_eq!(device.asked, [], "before anyone is asked");
        let made = device.create(&options("preferred")).unwrap();
        assert_eq!(answer(&made), json!({"supported": false}));
        assert_eq!(read(&mut device, id(&made)), json!({}));
        device.asked.clear();
        let mut options = sign_in(&[id(&made)], json!({"write": "AAEC"}));
        options["userVerification"] = "discouraged".into();
        assert_eq!(answer(&device.get(&options).unwrap()), written(false));
        assert_eq!(device.asked, [Ask::Presence], "nobody is verified for nothing");
    }
    let mut device = bare(shared, false);
    let required = json!({"largeBlob": {"support": "required"}});
    let refused = device.create(&creation(json!({"extensions": required}))).unwrap_err();
    assert_eq!(refused.name(), DomException::ConstraintError, "rk is required, too");
}

/// Only the site's word, at registration, gives a credential a key for the array.
#[test]
fn a_passkey_that_was_made_without_has_no_entry_in_the_array() {
    let mut device = keeping(PLACES[0]);
    let made = device.create(&creation(json!({}))).unwrap();
    assert_eq!(write(&mut device, id(&made), b"blob"), written(false));
    assert_eq!(read(&mut device, id(&made)), json!({}));
    assert_eq!(array(&mut device).len(), 17);
}

#[test]
fn map01_who_can_be_verified_is_verified_before_a_blob_is_written() {
    for place in PLACES {
        let mut device = keeping(place);
        let ada = register(&mut device, "ada");
        device.asked.clear();
        let discouraged = |input: Value| {
            let mut options = sign_in(&[&ada], input);
            options["userVerification"] = "discouraged".into();
            options
        };
        let wrote = device.get(&discouraged(json!({"write": "AAEC"}))).unwrap();
        assert_eq!(answer(&wrote), written(true));
        let found = device.get(&discouraged(json!({"read": true}))).unwrap();
        assert_eq!(answer(&found), kept(&[0, 1, 2]), "reading wants no more than the sign-in");
        assert_eq!(device.asked, [Ask::Verification, Ask::Presence], "{place:?}");

        // Where nobody can be, and nothing protects it, a touch is enough.
        for verification in [BuiltInVerification::NotConfigured, BuiltInVerification::Unsupported] {
            let profile = Profile { large_blobs: place, verification, ..Profile::phone([0xaa; 16]) };
            let mut device = Device::new(profile);
            let ada = register(&mut device, "ada");
            assert_eq!(write(&mut device, &ada, b"blob"), written(true));
            assert_eq!(read(&mut device, &ada), kept(b"blob"));
        }
    }
}

#[test]
fn what_there_is_no_room_for_is_not_written_and_the_sign_in_succeeds() {
    let [small_array, small_blob] =
        [LargeBlobStorage::Array { max: 1024 }, LargeBlobStorage::PerCredential { max: 900 }];
    for place in [small_array, small_blob] {
        let mut device = keeping(place);
        let ada = register(&mut device, "ada");
        assert_eq!(write(&mut device, &ada, b"before"), written(true));
        for too_much in [noise(1025), noise(5000), noise(70_000), vec![0; 1024 * 1024 + 1]] {
            assert_eq!(write(&mut device, &ada, &too_much), written(false), "{place:?}, {}", too_much.len());
            assert_eq!(read(&mut device, &ada), kept(b"before"));
        }
        assert_eq!(write(&mut device, &ada, &noise(890)), written(true), "{place:?}");
    }
    // The array is one for all, to its last byte.
    let mut device = keeping(small_array);
    let [ada, bob] = ["ada", "bob"].map(|name| register(&mut device, name));
    assert_eq!(write(&mut device, &ada, &noise(890)), written(true));
    let left = 1024 - array(&mut device).len();
    assert_eq!(write(&mut device, &bob, &noise(left)), written(false));
    let longest = (0..left).rev().find(|length| write(&mut device, &bob, &noise(*length)) == written(true));
    assert!(array(&mut device).len() > 1020, "{} bytes", array(&mut device).len());
    assert_eq!(read(&mut device, &bob), kept(&noise(longest.unwrap())));
    assert_eq!(read(&mut device, &ada), kept(&noise(890)));
}

#[test]
fn lba02_what_others_have_in_the_array_stays_to_the_byte() {
    let mut device = keeping(PLACES[0]);
    let ada = register(&mut device, "ada");
    let foreign = [&[0xa3, 0x01, 0x41, 0x00, 0x02, 0x40, 0x03, 0x00][..], b"\x65other", &[0xf6]];
    let with_checksum = |items: &[&[u8]]| {
        let content = [&[0x80 | u8::try_from(items.len()).unwrap()], items.concat().as_slice()].concat();
        [content.as_slice(), &Sha256::digest(&content)[..16]].concat()
    };
    put(&mut device, &with_checksum(&foreign));
    assert_eq!(read(&mut device, &ada), json!({}));
    for blob in [&b"first"[..], b"second"] {
        assert_eq!(write(&mut device, &ada, blob), written(true));
        let now = array(&mut device);
        assert_eq!(now[0], 0x84);
        assert_eq!(
            now[1..].strip_prefix(foreign.concat().as_slice()).map(|rest| rest.len() > 16),
            Some(true)
        );
    }
    assert_eq!(read(&mut device, &ada), kept(b"second"));

    // What is whole and none that we know is somebody's as well.
    let unknown = with_checksum(&[b"\x65other", &[0x9f]]);
    put(&mut device, &unknown);
    assert_eq!(read(&mut device, &ada), json!({}));
    assert_eq!(write(&mut device, &ada, b"third"), written(false));
    assert_eq!(array(&mut device), unknown);
}

/// A sign-in that writes, up to the end of its command.
fn up_to_the_end(device: &mut Device, id: &str, blob: &[u8]) -> (Get, Done) {
    let options = sign_in(&[id], json!({"write": base64url::encode(blob)}));
    let options = RequestOptions::from_json(&options.to_string()).unwrap();
    let caller = web("https://login.example.com");
    let get = Get::prepare(&options, &caller, ClientDataSource::Build, &mut device.world.context()).unwrap();
    let done = device.drive(obliging, |cx| get.begin(cx, Requester::default()));
    (get, done)
}

/// The same, up to the change of the array.
fn up_to_the_write(device: &mut Device, id: &str, blob: &[u8]) -> Ending {
    let (get, done) = up_to_the_end(device, id, blob);
    get.finish(&mut device.world.context(), &done.result).unwrap()
}

#[test]
fn an_array_that_comes_in_between_is_read_again_eight_times_at_most() {
    for overtaken in [1, 7, 8] {
        let mut device = keeping(PLACES[0]);
        let [ada, bob] = ["ada", "bob"].map(|name| register(&mut device, name));
        let mut ending = up_to_the_write(&mut device, &ada, b"of ada");
        let mut times = 0_u8;
        let response = loop {
            ending = match ending {
                Ending::Response(response) => break response,
                Ending::NeedsWrite(write_) => {
                    if times < overtaken {
                        times += 1;
                        assert_eq!(write(&mut device, &bob, &[times]), written(true));
                    }
                    let changed = blocking::manage(&mut device.world, write_.change());
                    write_.resume(&mut device.world.context(), changed)
                }
            };
        };
        let expected = overtaken < 8;
        assert_eq!(answer(&parse(&response)), written(expected), "{overtaken} times");
        assert_eq!(read(&mut device, &ada), if expected { kept(b"of ada") } else { json!({}) });
        assert_eq!(read(&mut device, &bob), kept(&[overtaken]), "nothing of the other's is lost");
    }
}

fn reset(device: &mut Device) {
    let done = device.drive(obliging, |cx| Command::Manage(Manage::Reset).begin(cx, Requester::default()));
    assert!(done.result.is_ok());
}

fn delete(device: &mut Device, id: &str) {
    let id = base64url::decode(id).unwrap();
    let mut cx = device.world.context();
    let found = cx.vault().unwrap().by_credential_id(&RpIdHash::of("example.com"), &id, |entry| entry.record);
    let record = found.unwrap().unwrap();
    blocking::manage(&mut device.world, Manage::Delete(record)).unwrap();
}

#[test]
fn nothing_follows_a_credential_into_a_store_that_was_reset() {
    for made_before in [false, true] {
        let mut device = keeping(PLACES[0]);
        let ada = register(&mut device, "ada");
        let (get, done) = up_to_the_end(&mut device, &ada, b"of ada");
        if !made_before {
            reset(&mut device);
        }
        let ending = get.finish(&mut device.world.context(), &done.result).unwrap();
        assert_eq!(matches!(ending, Ending::NeedsWrite(_)), made_before);
        if made_before {
            reset(&mut device);
        }
        let response = device.written(ending);
        assert_eq!(answer(&parse(&response)), written(false));
        assert_eq!(array(&mut device).len(), 17);
    }
}

#[test]
fn nothing_is_written_for_a_credential_that_was_deleted_meanwhile() {
    for begun in [false, true] {
        let mut device = keeping(PLACES[0]);
        let [ada, bob] = ["ada", "bob"].map(|name| register(&mut device, name));
        assert_eq!(write(&mut device, &bob, b"of bob"), written(true));
        let (get, done) = up_to_the_end(&mut device, &ada, b"of ada");
        let ending = if begun {
            let ending = get.finish(&mut device.world.context(), &done.result).unwrap();
            // What makes it read again.
            assert_eq!(write(&mut device, &bob, b"of bob, too"), written(true));
            delete(&mut device, &ada);
            ending
        } else {
            delete(&mut device, &ada);
            get.finish(&mut device.world.context(), &done.result).unwrap()
        };
        let before = array(&mut device);
        let response = device.written(ending);
        assert_eq!(answer(&parse(&response)), written(false), "begun {begun}");
        assert_eq!(array(&mut device), before);
    }
}

#[test]
fn lb05_nothing_is_written_unverified_once_there_is_a_pin() {
    for begun in [false, true] {
        let mut device = Device::new(Profile { large_blobs: PLACES[0], ..Profile::security_key([0xaa; 16]) });
        let [ada, bob] = ["ada", "bob"].map(|name| register(&mut device, name));
        assert_eq!(write(&mut device, &bob, b"of bob"), written(true), "nothing protects it yet");
        let (get, done) = up_to_the_end(&mut device, &ada, b"of ada");
        let protect = |device: &mut Device| {
            blocking::manage(&mut device.world, Manage::SetPin("1234")).unwrap();
        };
        let ending = if begun {
            let ending = get.finish(&mut device.world.context(), &done.result).unwrap();
            // What makes it read again.
            assert_eq!(write(&mut device, &bob, b"of bob, too"), written(true));
            protect(&mut device);
            ending
        } else {
            protect(&mut device);
            get.finish(&mut device.world.context(), &done.result).unwrap()
        };
        let before = host_reads(&mut device);
        let response = device.written(ending);
        assert_eq!(answer(&parse(&response)), written(false), "begun {begun}");
        assert_eq!(host_reads(&mut device), before);
    }
}

#[test]
fn a_write_that_fails_is_no_error() {
    let mut device = keeping(PLACES[0]);
    let ada = register(&mut device, "ada");
    assert_eq!(write(&mut device, &ada, b"before"), written(true));
    for error in [AuthenticatorError::Capacity, AuthenticatorError::StoreReset] {
        let Ending::NeedsWrite(write) = up_to_the_write(&mut device, &ada, b"after") else {
            panic!("a write")
        };
        let Ending::Response(response) = write.resume(&mut device.world.context(), Err(error)) else {
            panic!("a response")
        };
        assert_eq!(answer(&parse(&response)), written(false));
        assert_eq!(read(&mut device, &ada), kept(b"before"));
    }
}

#[test]
fn a_write_in_doubt_that_is_there_was_written() {
    let mut device = keeping(PLACES[0]);
    let ada = register(&mut device, "ada");
    for takes_effect in [true, false] {
        let blob: &[u8] = if takes_effect { b"there" } else { b"lost" };
        let Ending::NeedsWrite(write) = up_to_the_write(&mut device, &ada, blob) else { panic!("a write") };
        if takes_effect {
            blocking::manage(&mut device.world, write.change()).unwrap();
        }
        let in_doubt = Err(AuthenticatorError::Commit(CommitError::InDoubt));
        let ending = write.resume(&mut device.world.context(), in_doubt);
        assert_eq!(answer(&parse(&device.written(ending))), written(takes_effect));
        assert_eq!(read(&mut device, &ada), kept(b"there"));
    }
}

/// As with one that cannot be read: the assertion is valid.
#[test]
fn a_blob_that_another_command_has_driven_out_costs_no_sign_in() {
    let mut device = keeping(PLACES[1]);
    let ada = register(&mut device, "ada");
    assert_eq!(write(&mut device, &ada, b"blob"), written(true));
    let options = RequestOptions::from_json(&sign_in(&[&ada], json!({"read": true})).to_string()).unwrap();
    let caller = web("https://login.example.com");
    let get = Get::prepare(&options, &caller, ClientDataSource::Build, &mut device.world.context()).unwrap();
    let done = device.drive(obliging, |cx| get.begin(cx, Requester::default()));
    assert_eq!(read(&mut device, &ada), kept(b"blob"));
    let late = get.finish(&mut device.world.context(), &done.result).unwrap();
    assert_eq!(answer(&parse(&device.written(late))), json!({}));
}

#[test]
fn nothing_of_a_blob_is_printed() {
    let secret = base64url::encode(b"what the site keeps");
    for place in PLACES {
        let mut device = keeping(place);
        let ada = register(&mut device, "ada");
        let options = sign_in(&[&ada], json!({"write": secret}));
        let options = RequestOptions::from_json(&options.to_string()).unwrap();
        let ending = up_to_the_write(&mut device, &ada, b"what the site keeps");
        let result = LargeBlobResult { blob: Some(b"what the site keeps"), ..LargeBlobResult::default() };
        let printed = format!("{options:?} {ending:?} {result:?}");
        let listed = format!("{:?}", b"what the site keeps");
        for text in [secret.as_str(), "what the site", listed.trim_matches(['[', ']'])] {
            assert!(!printed.contains(text), "{printed}");
        }
    }
}
