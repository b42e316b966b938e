//! What our decoder has read.

use crate::value::{Value, Values, kept};
use authenticator_core::differential::{
    Key, force_change, formats, key_agreement, min_pin_length, rp_ids, salts, sealed,
};
use authenticator_core::{
    ClientPin, Command, Config, CredentialManagement, GetAssertion, LargeBlobs, MakeCredential, PinUvAuth,
    Salts,
};

pub(crate) fn values(command: &Command<'_>) -> Values {
    match command {
        Command::MakeCredential(request) => registration(request),
        Command::GetAssertion(request) => sign_in(request),
        Command::ClientPin(request) => client_pin(request),
        Command::CredentialManagement(request) => management(request),
        Command::LargeBlobs(request) => large_blobs(request),
        Command::Config(request) => config(request),
        Command::GetNextAssertion => vec![("getNextAssertion", Value::Absent)],
        Command::GetInfo => vec![("getInfo", Value::Absent)],
        Command::Reset => vec![("reset", Value::Absent)],
        Command::Selection => vec![("selection", Value::Absent)],
        _ => vec![("a command of the host", Value::Absent)],
    }
}

fn registration(request: &MakeCredential<'_>) -> Values {
    let extensions = &request.extensions;
    let mut values = vec![
        ("makeCredential", Value::Absent),
        ("clientDataHash", request.client_data_hash.0.as_slice().into()),
        ("rp", request.rp_id.into()),
        ("user", request.user.id.into()),
        ("name", request.user.name.map(kept).into()),
        ("displayName", request.user.display_name.map(kept).into()),
        (
            "algorithms",
            request.algorithms.as_slice().iter().map(|one| one.cose_id().unsigned_abs()).collect(),
        ),
        ("excludeList", request.exclude.ids().collect()),
        ("credBlob", extensions.cred_blob.into()),
        ("credProtect", extensions.cred_protect.map(|level| level.level()).into()),
        ("hmac-secret", extensions.hmac_secret.into()),
        ("hmac-secret-mc", of_salts(extensions.hmac_secret_mc.as_ref())),
        ("largeBlobKey", extensions.large_blob_key.into()),
        ("minPinLength", extensions.min_pin_length.into()),
        ("thirdPartyPayment", extensions.third_party_payment.into()),
        ("rk", request.rk.into()),
        ("up", request.up.into()),
        ("uv", request.uv.into()),
        ("enterpriseAttestation", request.enterprise_attestation.into()),
        ("formats", formats(&request.attestation_formats).iter().map(|format| format.identifier()).collect()),
    ];
    values.extend(authorisation(&request.pin_uv_auth));
    values
}

fn sign_in(request: &GetAssertion<'_>) -> Values {
    let extensions = &request.extensions;
    let mut values = vec![
        ("getAssertion", Value::Absent),
        ("clientDataHash", request.client_data_hash.0.as_slice().into()),
        ("rp", request.rp_id.into()),
        ("allowList", request.allow.ids().collect()),
        ("credBlob", extensions.cred_blob.into()),
        ("hmac-secret", of_salts(extensions.hmac_secret.as_ref())),
        ("largeBlobKey", extensions.large_blob_key.into()),
        ("thirdPartyPayment", extensions.third_party_payment.into()),
        ("rk is there", request.rk_present.into()),
        ("up", request.up.into()),
        ("uv", request.uv.into()),
    ];
    values.extend(authorisation(&request.pin_uv_auth));
    values
}

fn client_pin(request: &ClientPin<'_>) -> Values {
    let [param, new_pin, pin_hash] = sealed(request);
    vec![
        ("clientPIN", request.subcommand.into()),
        ("protocol", request.protocol.into()),
        ("keyAgreement", key_agreement(request).map(of_key).into()),
        ("pinUvAuthParam", param.into()),
        ("newPinEnc", new_pin.into()),
        ("pinHashEnc", pin_hash.into()),
        ("permissions", request.permissions.into()),
        ("rp", request.rp_id.into()),
    ]
}

fn management(request: &CredentialManagement<'_>) -> Values {
    let user = request.user.as_ref();
    let mut values = vec![
        ("credentialManagement", request.subcommand.into()),
        ("rpIDHash", request.rp_id_hash.as_ref().map(|hash| hash.0.as_slice()).into()),
        ("credentialID", request.credential_id.into()),
        ("user", user.map(|user| user.id).into()),
        ("name", user.and_then(|user| user.name).map(kept).into()),
        ("displayName", user.and_then(|user| user.display_name).map(kept).into()),
    ];
    values.extend(authorisation(&request.pin_uv_auth));
    values
}

fn config(request: &Config<'_>) -> Values {
    let mut values = vec![
        ("config", request.subcommand.into()),
        ("newMinPINLength", min_pin_length(request).into()),
        ("minPinLengthRPIDs", rp_ids(request).map(Value::from_iter).into()),
        ("forceChangePin", force_change(request).into()),
    ];
    values.extend(authorisation(&request.pin_uv_auth));
    values
}

fn large_blobs(request: &LargeBlobs<'_>) -> Values {
    let mut values = vec![
        ("largeBlobs", Value::Absent),
        ("get", request.get.into()),
        ("set", request.set.into()),
        ("offset", request.offset.into()),
        ("length", request.length.into()),
    ];
    values.extend(authorisation(&request.pin_uv_auth));
    values
}

fn authorisation(auth: &PinUvAuth<'_>) -> Values {
    vec![("pinUvAuthParam", auth.param.into()), ("protocol", auth.protocol.into())]
}

fn of_key((x, y): Key<'_>) -> Value {
    [x, y].into_iter().collect()
}

fn of_salts(asked: Option<&Salts<'_>>) -> Value {
    let Some(Salts::Sealed(sealed)) = asked else { return Value::Absent };
    let (key, salt_enc, salt_auth, protocol) = salts(sealed);
    [of_key(key), salt_enc.into(), salt_auth.into(), protocol.into()].into_iter().collect()
}
