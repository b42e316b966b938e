//! One passkey through both doors: what `prf` gives a site in JSON, hmac-secret gives a client of CTAP.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets what it does not expect is to fail"
)]

use authenticator_core::{Profile, Requester};
use authenticator_host::blocking;
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::named;
use authenticator_testkit::pin::Platform;
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use authenticator_webauthn::{
    Caller, ClientDataSource, Create, CreationOptions, Ending, Get, Origin, PrfSalts, RequestOptions,
    base64url,
};
use serde_json::{Value, json};

const SITE: &str = "example.com";
const FIRST: &[u8] = b"of the vault";
const SECOND: &[u8] = b"of the vault to come";

fn caller() -> Caller {
    let origin = Origin::parse("https://example.com").unwrap();
    Caller::Web { origin, top_origin: None, cross_origin: false }
}

fn inputs() -> Value {
    json!({"prf": {"eval": {"first": base64url::encode(FIRST), "second": base64url::encode(SECOND)}}})
}

/// A registration in JSON.
fn create(sim: &mut Sim, extensions: &Value) -> Value {
    let options = json!({
        "rp": {"id": SITE, "name": "Example"},
        "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required"},
        "extensions": extensions,
    });
    let options = CreationOptions::from_json(&options.to_string()).unwrap();
    let cx = &mut sim.world.context();
    let ceremony = Create::prepare(&options, &caller(), ClientDataSource::Build, cx).unwrap();
    let Sim { world, user, keys, .. } = sim;
    let done = blocking::run(world, user, keys, |cx| ceremony.begin(cx, Requester::default()));
    serde_json::from_str(&ceremony.finish(&done.result).unwrap()).unwrap()
}

/// The results of a sign-in in JSON, the first and then the second.
fn through_json(sim: &mut Sim, id: &[u8]) -> Vec<u8> {
    let options = json!({
        "rpId": SITE,
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "allowCredentials": [{"type": "public-key", "id": base64url::encode(id)}],
        "extensions": inputs(),
    });
    let options = RequestOptions::from_json(&options.to_string()).unwrap();
    let cx = &mut sim.world.context();
    let ceremony = Get::prepare(&options, &caller(), ClientDataSource::Build, cx).unwrap();
    let Sim { world, user, keys, .. } = sim;
    let done = blocking::run(world, user, keys, |cx| ceremony.begin(cx, Requester::default()));
    let Ending::Response(response) = ceremony.finish(&mut world.context(), &done.result).unwrap() else {
        panic!("nothing was to be written")
    };
    results(&serde_json::from_str(&response).unwrap())
}

fn results(response: &Value) -> Vec<u8> {
    let results = &response["clientExtensionResults"]["prf"]["results"];
    ["first", "second"].map(|name| base64url::decode(results[name].as_str().unwrap()).unwrap()).concat()
}

/// What a client of CTAP that is a browser makes of the same inputs.
fn salts() -> Vec<u8> {
    let salts = PrfSalts::of_inputs(FIRST, Some(SECOND));
    [salts.first().as_slice(), salts.second().unwrap()].concat()
}

/// The secrets a client of CTAP gets for this request, under this name.
fn through_ctap(sim: &mut Sim, protocol: u64, request: &Request, name: &str) -> (Vec<u8>, Vec<u8>) {
    let platform = Platform::connect(sim, protocol);
    let reply = sim.send(&request.clone().extension(name, platform.salts(&salts())));
    let data = reply.auth_data().unwrap();
    let sealed = named(data.extensions.as_ref().unwrap(), name).unwrap().clone();
    let id = data.credential_id.unwrap_or_default();
    (platform.decrypt(sealed.as_bytes().unwrap()).unwrap(), id)
}

fn sign_in(id: &[u8], uv: bool) -> Request {
    get_assertion(SITE).list([id]).option("uv", uv)
}

#[test]
fn prf02_prf03_json_and_ctap_get_the_same_results_of_one_passkey() {
    let mut sim = Sim::new(Profile::phone([0x11; 16]));
    let made = create(&mut sim, &inputs());
    let id = base64url::decode(made["id"].as_str().unwrap()).unwrap();
    let expected = results(&made);
    assert_eq!(expected.len(), 64);
    assert_eq!(through_json(&mut sim, &id), expected);
    for protocol in [1, 2] {
        let (verified, _) = through_ctap(&mut sim, protocol, &sign_in(&id, true), "hmac-secret");
        assert_eq!(verified, expected);
        let (unverified, _) = through_ctap(&mut sim, protocol, &sign_in(&id, false), "hmac-secret");
        assert!(unverified.chunks(32).all(|secret| !expected.chunks(32).any(|other| other == secret)));
    }
    assert_eq!(through_json(&mut sim, &id), expected, "nothing is left of what CTAP asked");
}

#[test]
fn prf02_a_passkey_made_through_ctap_gives_json_the_same_results() {
    let mut sim = Sim::new(Profile::phone([0x11; 16]));
    for rk in [true, false] {
        let request = make_credential(SITE, b"ada").option("rk", rk).option("uv", true);
        let request = request.extension("hmac-secret", true);
        let (made, id) = through_ctap(&mut sim, 2, &request, "hmac-secret-mc");
        assert_eq!(through_json(&mut sim, &id), made);
    }
}
