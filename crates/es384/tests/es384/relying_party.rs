//! WebAuthn with ES384: options in, response out, judged by a relying party that shares no code with us.

use crate::bench::{in_key, with_es384};
use authenticator_core::{Context, Profile, Requester};
use authenticator_demo_rp::{Algorithm, Attestation, AttestationFormat, RelyingParty, Settings};
use authenticator_es384::Es384Keys;
use authenticator_host::blocking;
use authenticator_testkit::Sim;
use authenticator_testkit::reply::AuthData;
use authenticator_webauthn::{
    Caller, ClientDataSource, Create, CreationOptions, Ending, Get, Origin, RequestOptions, base64url,
};
use serde_json::Value;

const ORIGIN: &str = "https://login.example.com";

fn page() -> Caller {
    Caller::Web { origin: Origin::parse(ORIGIN).unwrap(), top_origin: None, cross_origin: false }
}

fn create(sim: &mut Sim, options: &str) -> String {
    let options = CreationOptions::from_json(options).unwrap();
    let ceremony =
        Create::prepare(&options, &page(), ClientDataSource::Build, &mut sim.world.context()).unwrap();
    let Sim { world, user, .. } = sim;
    let begin = |cx: &mut Context<'_>| ceremony.begin(cx, Requester::default());
    let done = blocking::run(world, user, &mut Es384Keys, begin);
    ceremony.finish(&done.result).unwrap().expose_string()
}

fn get(sim: &mut Sim, options: &str) -> String {
    let options = RequestOptions::from_json(options).unwrap();
    let ceremony =
        Get::prepare(&options, &page(), ClientDataSource::Build, &mut sim.world.context()).unwrap();
    let Sim { world, user, .. } = sim;
    let begin = |cx: &mut Context<'_>| ceremony.begin(cx, Requester::default());
    let done = blocking::run(world, user, &mut Es384Keys, begin);
    match ceremony.finish(&mut world.context(), &done.result).unwrap() {
        Ending::Response(response) => response.expose_string(),
        Ending::NeedsWrite(_) => panic!("nothing was to be written"),
    }
}

/// Covers: AT-01, CK-01, CK-02, CK-03
#[test]
fn mc05_an_independent_relying_party_accepts_what_it_asked_for_first() {
    for (algorithms, expected) in [
        (vec![Algorithm::Es384, Algorithm::Es256], Algorithm::Es384),
        (vec![Algorithm::Es256, Algorithm::Es384], Algorithm::Es256),
        (vec![Algorithm::Es384, Algorithm::EdDsa], Algorithm::Es384),
    ] {
        for (attestation, format) in [
            (Attestation::None, AttestationFormat::None),
            (Attestation::Direct, AttestationFormat::PackedSelf),
        ] {
            let mut sim = Sim::new(with_es384(Profile::phone([0; 16])));
            let settings = Settings { algorithms: algorithms.clone(), attestation, ..Settings::default() };
            let mut site = RelyingParty::with_settings("example.com", ORIGIN, settings).unwrap();
            let response = create(&mut sim, &site.registration_options("alice", "Alice").unwrap());
            let made = site.finish_registration(&response).unwrap();
            assert_eq!((made.algorithm, made.attestation), (expected, format));
            for user in [Some("alice"), None] {
                let response = get(&mut sim, &site.authentication_options(user).unwrap());
                assert_eq!(site.finish_authentication(&response).unwrap().credential_id, made.credential_id);
            }
        }
    }
}

/// What sites that do not read COSE go by: the algorithm's number, and the key as RFC 5480 has it.
#[test]
fn s14_the_response_names_the_algorithm_and_has_the_key_in_der() {
    let mut sim = Sim::new(with_es384(Profile::phone([0; 16])));
    let settings = Settings { algorithms: vec![Algorithm::Es384], ..Settings::default() };
    let mut site = RelyingParty::with_settings("example.com", ORIGIN, settings).unwrap();
    let response = create(&mut sim, &site.registration_options("alice", "Alice").unwrap());
    let response: Value = serde_json::from_str(&response).unwrap();
    assert_eq!(response["response"]["publicKeyAlgorithm"], -35);
    let bytes = |member: &str| base64url::decode(response["response"][member].as_str().unwrap()).unwrap();
    let auth_data = AuthData::parse(&bytes("authenticatorData")).unwrap();
    let coordinate = |label| in_key(&auth_data, label).unwrap().into_bytes().unwrap();
    // SEQUENCE { SEQUENCE { 1.2.840.10045.2.1, 1.3.132.0.34 }, BIT STRING { 04 ‖ x ‖ y } }
    let head =
        b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04";
    assert_eq!(bytes("publicKey"), [head.as_slice(), &coordinate(-2), &coordinate(-3)].concat());
}
