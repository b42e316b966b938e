//! A site, through JSON.

use authenticator_core::store::Store;
use authenticator_core::{Done, Requester};
use authenticator_host::blocking;
use authenticator_testkit::Sim;
use authenticator_webauthn::{
    Caller, ClientDataSource, Create, CreationOptions, Ending, Error, Get, Origin, RequestOptions,
    ResponseJson, base64url,
};
use serde_json::{Value, json};

pub(crate) const SITE: &str = "example.com";

fn caller() -> Caller {
    let origin = Origin::parse("https://example.com").unwrap();
    Caller::Web { origin, top_origin: None, cross_origin: false }
}

/// Makes a passkey of this user's, and gives its id and what `largeBlob` says.
pub(crate) fn register<S: Store>(sim: &mut Sim<S>, user: &str) -> (Vec<u8>, Value) {
    let options = json!({
        "rp": {"id": SITE, "name": "Example"},
        "user": {"id": base64url::encode(user.as_bytes()), "name": user, "displayName": user},
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required"},
        "extensions": {"largeBlob": {"support": "required"}},
    });
    let options = CreationOptions::from_json(&options.to_string()).unwrap();
    let cx = &mut sim.world.context();
    let ceremony = Create::prepare(&options, &caller(), ClientDataSource::Build, cx).unwrap();
    let done = run(sim, |cx| ceremony.begin(cx, Requester::default()));
    let made: Value = serde_json::from_str(&ceremony.finish(&done.result).unwrap()).unwrap();
    let id = base64url::decode(made["id"].as_str().unwrap()).unwrap();
    (id, made["clientExtensionResults"]["largeBlob"].clone())
}

/// A sign-in with this passkey, prepared. `input` is that of `largeBlob`.
pub(crate) fn sign_in<S: Store>(sim: &mut Sim<S>, id: &[u8], input: &Value) -> Result<Get, Error> {
    let options = json!({
        "rpId": SITE,
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "allowCredentials": [{"type": "public-key", "id": base64url::encode(id)}],
        "extensions": {"largeBlob": input},
    });
    let options = RequestOptions::from_json(&options.to_string()).unwrap();
    Get::prepare(&options, &caller(), ClientDataSource::Build, &mut sim.world.context())
}

pub(crate) fn run<S: Store>(
    sim: &mut Sim<S>,
    begin: impl FnOnce(&mut authenticator_core::Context<'_>) -> authenticator_core::Step,
) -> Done {
    let Sim { world, user, keys, .. } = sim;
    blocking::run(world, user, keys, begin)
}

/// Goes through with it, and gives what `largeBlob` answers.
pub(crate) fn go_through<S: Store>(sim: &mut Sim<S>, get: Get) -> Result<Value, Error> {
    let done = run(sim, |cx| get.begin(cx, Requester::default()));
    sim.world.write_hint(&done);
    let mut ending = get.finish(&mut sim.world.context(), &done.result)?;
    loop {
        ending = match ending {
            Ending::Response(response) => return Ok(answer(&response)),
            Ending::NeedsWrite(write) => {
                let written = blocking::manage(&mut sim.world, write.change());
                write.resume(&mut sim.world.context(), written)
            }
        };
    }
}

/// What `largeBlob` answers.
pub(crate) fn answer(response: &ResponseJson) -> Value {
    let response: Value = serde_json::from_str(response).unwrap();
    assert!(response["response"]["signature"].is_string(), "an assertion");
    response["clientExtensionResults"]["largeBlob"].clone()
}

pub(crate) fn writing(blob: &[u8]) -> Value {
    json!({"write": base64url::encode(blob)})
}

pub(crate) fn write<S: Store>(sim: &mut Sim<S>, id: &[u8], blob: &[u8]) -> Value {
    let get = sign_in(sim, id, &writing(blob)).unwrap();
    go_through(sim, get).unwrap()
}

pub(crate) fn read<S: Store>(sim: &mut Sim<S>, id: &[u8]) -> Value {
    let get = sign_in(sim, id, &json!({"read": true})).unwrap();
    go_through(sim, get).unwrap()
}

pub(crate) fn kept(blob: &[u8]) -> Value {
    json!({"blob": base64url::encode(blob)})
}

pub(crate) fn written(written: bool) -> Value {
    json!({"written": written})
}
