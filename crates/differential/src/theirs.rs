//! What ctap-types have read, as far as it says anything to us.

use crate::value::{Value, Values, kept, once};
use ctap_types::ctap2::client_pin::PinV1Subcommand;
use ctap_types::ctap2::config::Subcommand as ConfigSubcommand;
use ctap_types::ctap2::credential_management::Subcommand as ManagementSubcommand;
use ctap_types::ctap2::get_assertion::HmacSecretInput;
use ctap_types::ctap2::{
    Request, client_pin, config, credential_management, get_assertion, large_blobs, make_credential,
};
use ctap_types::webauthn::PublicKeyCredentialDescriptorRef;

pub(crate) fn values(request: &Request<'_>) -> Values {
    match request {
        Request::MakeCredential(request) => registration(request),
        Request::GetAssertion(request) => sign_in(request),
        Request::ClientPin(request) => of_client_pin(request),
        Request::CredentialManagement(request) => management(request),
        Request::LargeBlobs(request) => of_large_blobs(request),
        Request::Config(request) => of_config(request),
        Request::GetNextAssertion => vec![("getNextAssertion", Value::Absent)],
        Request::GetInfo => vec![("getInfo", Value::Absent)],
        Request::Reset => vec![("reset", Value::Absent)],
        Request::Selection => vec![("selection", Value::Absent)],
        _ => vec![("a command of a vendor", Value::Absent)],
    }
}

fn registration(request: &make_credential::Request<'_>) -> Values {
    let extensions = request.extensions.clone().unwrap_or_default();
    let options = request.options.as_ref();
    let uv = options.and_then(|options| options.uv);
    let algorithms = request.pub_key_cred_params.0.iter().map(|known| known.alg().unsigned_abs());
    let formats = request.attestation_formats_preference.as_ref();
    let formats = formats.map(|formats| formats.known_formats()).unwrap_or_default();
    vec![
        ("makeCredential", Value::Absent),
        ("clientDataHash", request.client_data_hash.as_ref().into()),
        ("rp", request.rp.id.as_str().into()),
        ("user", request.user.id.as_slice().into()),
        ("name", request.user.name.as_ref().map(|name| name.as_str()).into()),
        ("displayName", request.user.display_name.as_ref().map(|name| name.as_str()).into()),
        ("algorithms", once(algorithms).into_iter().collect()),
        ("excludeList", listed(request.exclude_list.as_deref())),
        ("credBlob", extensions.cred_blob.map(|blob| blob.as_ref()).into()),
        ("credProtect", extensions.cred_protect.into()),
        ("hmac-secret", extensions.hmac_secret.unwrap_or(false).into()),
        ("hmac-secret-mc", salts(extensions.hmac_secret_mc.as_ref())),
        ("largeBlobKey", extensions.large_blob_key.into()),
        ("minPinLength", extensions.min_pin_length.unwrap_or(false).into()),
        ("thirdPartyPayment", extensions.third_party_payment.unwrap_or(false).into()),
        ("rk", options.and_then(|options| options.rk).into()),
        ("up", options.and_then(|options| options.up).into()),
        // MC-07: a pinUvAuthParam takes the place of the option.
        ("uv", (uv.unwrap_or(false) && request.pin_auth.is_none()).into()),
        ("enterpriseAttestation", request.enterprise_attestation.into()),
        ("formats", once(formats.iter().map(|format| <&str>::from(*format))).into_iter().collect()),
        ("pinUvAuthParam", request.pin_auth.map(|param| param.as_ref()).into()),
        ("protocol", request.pin_protocol.into()),
    ]
}

fn sign_in(request: &get_assertion::Request<'_>) -> Values {
    let extensions = request.extensions.clone().unwrap_or_default();
    let options = request.options.as_ref();
    let uv = options.and_then(|options| options.uv);
    vec![
        ("getAssertion", Value::Absent),
        ("clientDataHash", request.client_data_hash.as_ref().into()),
        ("rp", request.rp_id.into()),
        ("allowList", listed(request.allow_list.as_deref())),
        ("credBlob", extensions.cred_blob.unwrap_or(false).into()),
        ("hmac-secret", salts(extensions.hmac_secret.as_ref())),
        ("largeBlobKey", extensions.large_blob_key.into()),
        ("thirdPartyPayment", extensions.third_party_payment.unwrap_or(false).into()),
        ("rk is there", options.is_some_and(|options| options.rk.is_some()).into()),
        ("up", options.and_then(|options| options.up).unwrap_or(true).into()),
        ("uv", (uv.unwrap_or(false) && request.pin_auth.is_none()).into()),
        ("pinUvAuthParam", request.pin_auth.map(|param| param.as_ref()).into()),
        ("protocol", request.pin_protocol.into()),
    ]
}

fn of_client_pin(request: &client_pin::Request<'_>) -> Values {
    let subcommand: u64 = match request.sub_command {
        PinV1Subcommand::GetRetries => 0x01,
        PinV1Subcommand::GetKeyAgreement => 0x02,
        PinV1Subcommand::SetPin => 0x03,
        PinV1Subcommand::ChangePin => 0x04,
        PinV1Subcommand::GetPinToken => 0x05,
        PinV1Subcommand::GetPinUvAuthTokenUsingUvWithPermissions => 0x06,
        PinV1Subcommand::GetUVRetries => 0x07,
        PinV1Subcommand::GetPinUvAuthTokenUsingPinWithPermissions => 0x09,
        _ => u64::MAX,
    };
    let key = request.key_agreement.as_ref().map(|key| of_key(key.x.as_slice(), key.y.as_slice()));
    vec![
        ("clientPIN", subcommand.into()),
        ("protocol", request.pin_protocol.into()),
        ("keyAgreement", key.into()),
        ("pinUvAuthParam", request.pin_auth.map(|param| param.as_ref()).into()),
        ("newPinEnc", request.new_pin_enc.map(|sealed| sealed.as_ref()).into()),
        ("pinHashEnc", request.pin_hash_enc.map(|sealed| sealed.as_ref()).into()),
        ("permissions", request.permissions.into()),
        ("rp", request.rp_id.into()),
    ]
}

fn management(request: &credential_management::Request<'_>) -> Values {
    let subcommand: u64 = match request.sub_command {
        ManagementSubcommand::GetCredsMetadata => 0x01,
        ManagementSubcommand::EnumerateRpsBegin => 0x02,
        ManagementSubcommand::EnumerateRpsGetNextRp => 0x03,
        ManagementSubcommand::EnumerateCredentialsBegin => 0x04,
        ManagementSubcommand::EnumerateCredentialsGetNextCredential => 0x05,
        ManagementSubcommand::DeleteCredential => 0x06,
        ManagementSubcommand::UpdateUserInformation => 0x07,
        _ => u64::MAX,
    };
    let parameters = request.sub_command_params.as_ref();
    let hash = parameters.and_then(|parameters| parameters.rp_id_hash).map(|hash| hash.as_slice());
    // One of another type names nothing.
    let credential = parameters
        .and_then(|parameters| parameters.credential_id.as_ref())
        .map(|named| if named.key_type == "public-key" { named.id.as_ref() } else { &[] });
    let user = parameters.and_then(|parameters| parameters.user.as_ref());
    let display_name = user.and_then(|user| user.display_name.as_ref());
    vec![
        ("credentialManagement", subcommand.into()),
        ("rpIDHash", hash.into()),
        ("credentialID", credential.into()),
        ("user", user.map(|user| user.id.as_slice()).into()),
        ("name", user.and_then(|user| user.name.as_ref()).map(|name| kept(name)).into()),
        ("displayName", display_name.map(|name| kept(name)).into()),
        ("pinUvAuthParam", request.pin_auth.map(|param| param.as_ref()).into()),
        ("protocol", request.pin_protocol.into()),
    ]
}

fn of_config(request: &config::Request<'_>) -> Values {
    let subcommand: u64 = match request.sub_command {
        ConfigSubcommand::EnableEnterpriseAttestation => 0x01,
        ConfigSubcommand::ToggleAlwaysUv => 0x02,
        ConfigSubcommand::SetMinPINLength => 0x03,
        ConfigSubcommand::EnableLongTouchForReset => 0x04,
        ConfigSubcommand::VendorPrototype => 0xFF,
        _ => u64::MAX,
    };
    // What comes with another subcommand is nothing to us.
    let parameters = request.sub_command_params.as_ref().filter(|_| subcommand == 0x03);
    let rp_ids = parameters.and_then(|parameters| parameters.min_pin_length_rp_ids.as_ref());
    let force_change = parameters.and_then(|parameters| parameters.force_change_pin);
    vec![
        ("config", subcommand.into()),
        ("newMinPINLength", parameters.and_then(|parameters| parameters.new_min_pin_length).into()),
        ("minPinLengthRPIDs", rp_ids.map(|rp_ids| Value::from_iter(rp_ids.iter().copied())).into()),
        ("forceChangePin", force_change.unwrap_or(false).into()),
        ("pinUvAuthParam", request.pin_auth.map(|param| param.as_ref()).into()),
        ("protocol", request.pin_protocol.into()),
    ]
}

fn of_large_blobs(request: &large_blobs::Request<'_>) -> Values {
    vec![
        ("largeBlobs", Value::Absent),
        ("get", request.get.into()),
        ("set", request.set.map(|fragment| fragment.as_ref()).into()),
        ("offset", request.offset.into()),
        ("length", request.length.into()),
        ("pinUvAuthParam", request.pin_uv_auth_param.map(|param| param.as_ref()).into()),
        ("protocol", request.pin_uv_auth_protocol.into()),
    ]
}

/// Ids of the type that counts.
fn listed(list: Option<&[PublicKeyCredentialDescriptorRef<'_>]>) -> Value {
    let public_keys = list.unwrap_or_default().iter().filter(|listed| listed.key_type == "public-key");
    public_keys.map(|listed| listed.id.as_ref()).collect::<Vec<&[u8]>>().into_iter().collect()
}

fn of_key(x: &[u8], y: &[u8]) -> Value {
    [x, y].into_iter().collect()
}

fn salts(asked: Option<&HmacSecretInput>) -> Value {
    let Some(asked) = asked else { return Value::Absent };
    let key = of_key(asked.key_agreement.x.as_slice(), asked.key_agreement.y.as_slice());
    [key, asked.salt_enc.as_slice().into(), asked.salt_auth.as_slice().into(), asked.pin_protocol.into()]
        .into_iter()
        .collect()
}
