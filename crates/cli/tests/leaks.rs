//! Nothing that is printed for developers names a site, a person, a passkey or a key: not `Debug` of any public type at any
//! step, not an error, not the most verbose log.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::store::{Listed, Store};
use authenticator_core::{
    Command as CoreCommand, Context, Done, Gesture, Profile, Refusal, Requester, Step, begin,
};
use authenticator_host::{Keys, SoftwareKeys, World};
use authenticator_provider::{Label, catalogue, complete, prepare_delete, rename};
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::leaks::{Needle, found};
use authenticator_testkit::{HandClock, SeededRng, device_key, request};
use authenticator_webauthn::{
    Caller, ClientDataSource, Create, CreationOptions, Ending, Get, LargeBlobArray, Origin, RequestOptions,
    base64url,
};
use std::fmt::{Debug, Display};
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

const SITE: &str = "quillfeather.example";
const ORIGIN: &str = "https://login.quillfeather.example";
const NAME: &str = "marguerite.oldenburg@quillfeather.example";
const DISPLAY_NAME: &str = "Marguerite Oldenburg";
const LABEL: &str = "Grandmother's telephone";
const USER_HANDLE: &[u8] = b"\x17\x92handle of marguerite\xfe";
const BLOB: &[u8] = b"\x02what the site left with it\xf3";
const PRF_INPUT: &[u8] = b"\x81the feather's vault\xc4";
const LARGE_BLOB: &[u8] = b"\x88what the site keeps beside it\x05";
const CHALLENGE: &[u8] = b"\xaa\x55challenge of the day\x01";

fn creation_options() -> String {
    let (user, challenge) = (base64url::encode(USER_HANDLE), base64url::encode(CHALLENGE));
    serde_json::json!({
        "rp": {"id": SITE, "name": "Quill and Feather"},
        "user": {"id": user, "name": NAME, "displayName": DISPLAY_NAME},
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
        "attestation": "direct",
        "extensions": {
            "credBlob": base64url::encode(BLOB),
            "largeBlob": {"support": "required"},
            "prf": prf(),
        },
    })
    .to_string()
}

fn request_options() -> String {
    serde_json::json!({
        "rpId": SITE,
        "challenge": base64url::encode(CHALLENGE),
        "userVerification": "required",
        "extensions": {"getCredBlob": true, "prf": prf()},
    })
    .to_string()
}

/// A sign-in that writes and one that reads.
fn request_options_for(id: &str, large_blob: &serde_json::Value) -> String {
    serde_json::json!({
        "rpId": SITE,
        "challenge": base64url::encode(CHALLENGE),
        "allowCredentials": [{"type": "public-key", "id": id}],
        "extensions": {"largeBlob": large_blob},
    })
    .to_string()
}

fn prf() -> serde_json::Value {
    serde_json::json!({"eval": {"first": base64url::encode(PRF_INPUT)}})
}

/// What `prf` has made of [`PRF_INPUT`].
fn prf_result(response: &str) -> Vec<u8> {
    let response: serde_json::Value = serde_json::from_str(response).unwrap();
    let result = response.pointer("/clientExtensionResults/prf/results/first").unwrap();
    base64url::decode(result.as_str().unwrap()).unwrap()
}

/// Everything that was printed.
#[derive(Default)]
struct Printed(String);

impl Printed {
    fn debug(&mut self, value: &impl Debug) {
        self.0.push_str(&format!("{value:?}\n{value:#?}\n"));
    }

    fn error(&mut self, error: &(impl Debug + Display)) {
        self.debug(error);
        self.0.push_str(&format!("{error}\n"));
    }
}

type TestWorld = World<SqliteStore, SeededRng, HandClock>;

/// Drives a command and prints every step, what is in it, and what it is answered with.
fn drive(world: &mut TestWorld, printed: &mut Printed, start: impl FnOnce(&mut Context<'_>) -> Step) -> Done {
    let mut step = start(&mut world.context());
    loop {
        printed.debug(&step);
        printed.debug(&world.context());
        printed.debug(world);
        step = match step {
            Step::NeedsUser(needs) => {
                printed.debug(needs.prompt());
                needs
                    .candidates(&mut world.context(), None, &mut |entry| {
                        printed.debug(entry);
                        ControlFlow::Continue(())
                    })
                    .unwrap();
                needs.resume(&mut world.context(), Ok(Gesture::VERIFIED))
            }
            Step::NeedsKeypair(needs) => {
                let answer = SoftwareKeys.generate(&mut world.context(), needs.request());
                printed.debug(&(needs.request(), &answer));
                needs.resume(&mut world.context(), answer)
            }
            Step::NeedsSignature(needs) => {
                let answer = SoftwareKeys.sign(&mut world.context(), needs.request());
                printed.debug(&(needs.request(), &answer));
                needs.resume(&mut world.context(), answer)
            }
            Step::NeedsCommit(needs) => {
                let changes = needs.change_set(&world.session).unwrap();
                printed.debug(&changes);
                changes.changes().for_each(|change| printed.debug(&change));
                let answer = world.store.commit(changes);
                needs.resume(&mut world.context(), answer)
            }
            Step::Done(done) => return done,
        };
    }
}

/// A life of a passkey through every layer, printed; and what must not have been.
fn life(folder: &std::path::Path) -> (Printed, Vec<Needle>) {
    let mut printed = Printed::default();
    let store = SqliteStore::open(&folder.join("passkeys.db")).unwrap();
    let profile = Profile::phone([0; 16]);
    let mut world =
        World::open(profile, &device_key(), store, SeededRng::new(3), HandClock::default()).unwrap();
    printed.debug(&device_key());
    let caller =
        Caller::Web { origin: Origin::parse(ORIGIN).unwrap(), top_origin: None, cross_origin: false };
    printed.debug(&caller);

    let options = CreationOptions::from_json(&creation_options()).unwrap();
    printed.debug(&options);
    let ceremony = Create::prepare(&options, &caller, ClientDataSource::Build, &mut world.context()).unwrap();
    printed.debug(&ceremony);
    let done = drive(&mut world, &mut printed, |cx| ceremony.begin(cx, Requester::default()));
    printed.debug(&done);
    printed.debug(&ceremony.evidence(&done.result));
    let response = ceremony.finish(&done.result).unwrap();
    printed.debug(&response);
    let prf_result = prf_result(&response);

    let made: serde_json::Value = serde_json::from_str(&response).unwrap();
    let id = made.get("id").unwrap().as_str().unwrap();
    let blob = base64url::encode(LARGE_BLOB);
    for options in [
        request_options(),
        request_options_for(id, &serde_json::json!({"write": blob})),
        request_options_for(id, &serde_json::json!({"read": true})),
    ] {
        let options = RequestOptions::from_json(&options).unwrap();
        printed.debug(&options);
        let ceremony =
            Get::prepare(&options, &caller, ClientDataSource::Build, &mut world.context()).unwrap();
        printed.debug(&ceremony);
        let done = drive(&mut world, &mut printed, |cx| ceremony.begin(cx, Requester::default()));
        printed.debug(&done);
        printed.debug(&ceremony.evidence(&done.result));
        world.write_hint(&done);
        let ending = ceremony.finish(&mut world.context(), &done.result).unwrap();
        printed.debug(&ending);
        let response = match ending {
            Ending::Response(response) => response,
            Ending::NeedsWrite(write) => {
                printed.debug(&write.change());
                let change = CoreCommand::Manage(write.change());
                let done = drive(&mut world, &mut printed, |cx| change.begin(cx, Requester::default()));
                let ending = write.resume(&mut world.context(), done.result.map(drop));
                complete(&mut world, ending)
            }
        };
        printed.debug(&response);
    }
    let (array, mark) = {
        let mut cx = world.context();
        let (array, mark) = cx.large_blob_array().unwrap();
        assert!(array.len() > 17, "it was written");
        (array.to_vec(), mark)
    };
    printed.debug(&LargeBlobArray::parse(&array).unwrap());
    printed.debug(&mark);

    let (mut credential_id, mut public_key, mut wrapped_key) = (Vec::new(), Vec::new(), Vec::new());
    let mut cx = world.context();
    let vault = cx.vault().unwrap();
    printed.debug(&vault);
    let _ = vault.credentials(None, &mut |listed| {
        printed.debug(&listed);
        if let Listed::Credential(entry) = &listed {
            credential_id = entry.credential.id.as_slice().to_vec();
            wrapped_key = entry.credential.key.handle.as_slice().to_vec();
            let authenticator_core::PublicKey::P256 { x, .. } = &entry.credential.public_key else {
                panic!("ES256")
            };
            public_key = x.to_vec();
        }
        ControlFlow::Continue(())
    });

    let excluded =
        request::make_credential(SITE, USER_HANDLE).option("uv", true).list([credential_id.as_slice()]);
    let done = drive(&mut world, &mut printed, |cx| begin(&excluded.encode(), cx, Requester::default()));
    printed.error(done.result.as_ref().unwrap_err());
    let passkeys = catalogue(&mut world).unwrap();
    printed.debug(&passkeys);
    let record_id = passkeys.first().unwrap().id();
    printed.debug(&Label::new(LABEL).unwrap());
    let record = passkeys.first().and_then(|item| item.passkey()).map(|passkey| passkey.record).unwrap();
    rename(&mut world, record, &Label::new(LABEL).unwrap()).unwrap();
    printed.debug(&catalogue(&mut world).unwrap());
    printed.debug(&prepare_delete(&mut world, record).unwrap());

    let needles = vec![
        Needle::new("the site", SITE.as_bytes()),
        Needle::new("the user's name", NAME.as_bytes()),
        Needle::new("the user's display name", DISPLAY_NAME.as_bytes()),
        Needle::new("the label", LABEL.as_bytes()),
        Needle::new("the user handle", USER_HANDLE),
        Needle::new("the challenge", CHALLENGE),
        Needle::new("the site's few bytes", BLOB),
        Needle::new("what the site keeps beside it", LARGE_BLOB),
        Needle::new("the array of large blobs", &array),
        Needle::new("the input of prf", PRF_INPUT),
        Needle::new("the result of prf", &prf_result),
        Needle::new("the credential id", &credential_id),
        Needle::new("the credential's public key", &public_key),
        Needle::new("the wrapped key", &wrapped_key),
        Needle::new("the device key", device_key().expose()),
        Needle::new("the record's id", record_id.as_bytes()),
    ];
    (printed, needles)
}

#[test]
fn nothing_printed_names_a_site_a_person_a_passkey_or_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let (printed, needles) = life(folder.path());
    assert!(printed.0.len() > 10_000, "a whole life was printed");
    assert_eq!(found(printed.0.as_bytes(), &needles), Vec::<String>::new());
}

#[test]
fn no_error_names_what_it_is_about() {
    let mut printed = Printed::default();
    let good = creation_options();
    // Each cut of the options is another error.
    for end in (0..good.len()).filter(|end| good.is_char_boundary(*end)) {
        printed.error(&CreationOptions::from_json(good.get(..end).unwrap()).unwrap_err());
    }
    for spoil in [(r#""user""#, r#""uzer""#), (r#""id""#, r#""iid""#), (SITE, "co.uk"), ("-7", "\"-7\"")] {
        let spoilt = good.replace(spoil.0, spoil.1);
        if let Err(error) = CreationOptions::from_json(&spoilt) {
            printed.error(&error);
        }
    }
    let caller =
        Caller::Web { origin: Origin::parse(ORIGIN).unwrap(), top_origin: None, cross_origin: false };
    printed.error(&caller.effective_rp_id(Some("marguerite.oldenburg.example")).unwrap_err());
    printed.error(&Origin::parse("https://marguerite.oldenburg@quillfeather.example/").unwrap_err());
    for refusal in [Refusal::Cancelled, Refusal::Declined, Refusal::TimedOut] {
        printed.debug(&refusal);
    }
    let needles = [
        Needle::new("the site", SITE.as_bytes()),
        Needle::new("the site asked for", b"marguerite.oldenburg"),
        Needle::new("the display name", DISPLAY_NAME.as_bytes()),
        Needle::new("the user handle", USER_HANDLE),
        Needle::new("the challenge", CHALLENGE),
    ];
    assert_eq!(found(printed.0.as_bytes(), &needles), Vec::<String>::new());
}

#[test]
fn the_most_verbose_log_names_nobody() {
    let home = tempfile::tempdir().unwrap();
    let options = home.path().join("options.json");
    let mut log = Vec::new();
    for (command, json) in [("create", creation_options()), ("get", request_options())] {
        std::fs::write(&options, json).unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_authenticator"))
            .args(["--verbose", command, "--origin", ORIGIN, "--user", "verify", "--options"])
            .arg(&options)
            .arg("--store")
            .arg(home.path().join("store"))
            .env("HOME", home.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(run.status.success());
        log.extend(run.stderr);
    }
    assert!(!log.is_empty(), "there is a log");
    let needles = [
        Needle::new("the site", SITE.as_bytes()),
        Needle::new("the user's name", NAME.as_bytes()),
        Needle::new("the user's display name", DISPLAY_NAME.as_bytes()),
        Needle::new("the user handle", USER_HANDLE),
        Needle::new("the challenge", CHALLENGE),
    ];
    assert_eq!(found(&log, &needles), Vec::<String>::new());
}

/// The search can fail: a name, an id and a key planted among all that was printed are found, however they are written.
#[test]
fn a_planted_leak_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (mut printed, needles) = life(folder.path());
    printed
        .0
        .push_str(&format!("{DISPLAY_NAME} {USER_HANDLE:?} {}", base64url::encode(device_key().expose())));
    let leaks = found(printed.0.as_bytes(), &needles);
    for what in ["the user's display name", "the user handle", "the device key"] {
        assert!(leaks.iter().any(|leak| leak.starts_with(what)), "{what} is found: {leaks:?}");
    }
}
