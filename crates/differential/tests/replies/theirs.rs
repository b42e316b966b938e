//! A reply in ctap-types' terms, put together from its values and without a line of the core's writers.

use authenticator_core::credential::{CredProtect, UserEntity};
use authenticator_core::{
    Asserted, Attestation, CredentialsMetadata, ListedCredential, ListedRelyingParty, PinReply, PublicKey,
    Registered, Reply,
};
use authenticator_testkit::cbor::{self, Value};
use ctap_types::ctap2::credential_management::CredentialProtectionPolicy;
use ctap_types::ctap2::{
    AttestationStatement, AttestationStatementFormat, NoneAttestationStatement, PackedAttestationStatement,
    Response, client_pin, credential_management, get_assertion, make_credential,
};
use ctap_types::webauthn::{
    PublicKeyCredentialDescriptor, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity,
};

/// `None`: their types cannot hold it.
pub(crate) fn response(reply: &Reply) -> Option<Response> {
    Some(match reply {
        Reply::Registered(registered) => Response::MakeCredential(registration(registered)?),
        Reply::Asserted(asserted) => Response::GetAssertion(assertion(asserted)?),
        Reply::ClientPin(reply) => Response::ClientPin(pin(reply)?),
        Reply::CredentialsMetadata(metadata) => Response::CredentialManagement(of_metadata(metadata)),
        Reply::RelyingParty(listed) => Response::CredentialManagement(relying_party(listed)?),
        Reply::Credential(listed) => Response::CredentialManagement(credential(listed)?),
        Reply::Empty => Response::Reset,
        other => panic!("{other:?} is not drawn"),
    })
}

fn bytes<const N: usize>(bytes: &[u8]) -> Option<ctap_types::Bytes<N>> {
    ctap_types::Bytes::try_from(bytes).ok()
}

fn text<const N: usize>(text: &str) -> Option<ctap_types::String<N>> {
    ctap_types::String::try_from(text).ok()
}

fn registration(registered: &Registered) -> Option<make_credential::Response> {
    let packed = |algorithm: i64, signature: &[u8], certificates: Option<&[&[u8]]>| {
        let mut x5c = certificates.map(|_| ctap_types::Vec::new());
        for certificate in certificates.unwrap_or_default() {
            x5c.as_mut()?.push(bytes(certificate)?).ok()?;
        }
        let alg = i32::try_from(algorithm).ok()?;
        Some(AttestationStatement::Packed(PackedAttestationStatement { alg, sig: bytes(signature)?, x5c }))
    };
    let (fmt, statement) = match &registered.attestation {
        Attestation::None => {
            (AttestationStatementFormat::None, AttestationStatement::None(NoneAttestationStatement {}))
        }
        Attestation::PackedSelf { algorithm, signature } => {
            (AttestationStatementFormat::Packed, packed(algorithm.cose_id(), signature.as_slice(), None)?)
        }
        Attestation::PackedBasic { algorithm, signature, certificates }
        | Attestation::PackedEnterprise { algorithm, signature, certificates } => (
            AttestationStatementFormat::Packed,
            packed(algorithm.cose_id(), signature.as_slice(), Some(certificates))?,
        ),
        other => panic!("{other:?} is not drawn"),
    };
    let auth_data = bytes(registered.auth_data.as_slice())?;
    let mut response = make_credential::ResponseBuilder { fmt, auth_data }.build();
    response.att_stmt = Some(statement);
    response.ep_att = matches!(registered.attestation, Attestation::PackedEnterprise { .. }).then_some(true);
    response.large_blob_key = registered.large_blob_key.as_ref().map(|key| (*key.expose()).into());
    Some(response)
}

fn assertion(asserted: &Asserted) -> Option<get_assertion::Response> {
    let mut response = get_assertion::ResponseBuilder {
        credential: descriptor(asserted.credential_id.as_slice())?,
        auth_data: bytes(asserted.auth_data.as_slice())?,
        signature: bytes(asserted.signature.as_slice())?,
    }
    .build();
    response.user = asserted.user.as_ref().map(user);
    response.number_of_credentials = asserted.number_of_credentials;
    response.user_selected = asserted.user_selected.then_some(true);
    response.large_blob_key = asserted.large_blob_key.as_ref().map(|key| (*key.expose()).into());
    Some(response)
}

fn pin(reply: &PinReply) -> Option<client_pin::Response> {
    let mut response = client_pin::Response::default();
    match reply {
        PinReply::Retries { left, power_cycle } => {
            response.retries = Some(*left);
            response.power_cycle_state = Some(*power_cycle);
        }
        // Their types of keys are those of a crate which is not named here, so they are read from bytes.
        PinReply::KeyAgreement { x, y } => {
            response.key_agreement = cbor_smol::cbor_deserialize(&key(2, -25, 1, x, Some(y))).ok();
            assert!(response.key_agreement.is_some());
        }
        PinReply::Token(token) => response.pin_token = Some(bytes(token.as_slice())?),
        PinReply::VerificationRetries(left) => response.uv_retries = Some(*left),
        other => panic!("{other:?} is not drawn"),
    }
    Some(response)
}

fn of_metadata(metadata: &CredentialsMetadata) -> credential_management::Response {
    let mut response = credential_management::Response::default();
    response.existing_resident_credentials_count = Some(metadata.existing);
    response.max_possible_remaining_residential_credentials_count = Some(metadata.remaining);
    response
}

fn relying_party(listed: &ListedRelyingParty) -> Option<credential_management::Response> {
    let mut response = credential_management::Response::default();
    let id = text(listed.rp_id.as_str())?;
    response.rp = Some(PublicKeyCredentialRpEntity { id, name: None, icon: None });
    response.rp_id_hash = Some(listed.rp_id_hash.0.into());
    response.total_rps = listed.total;
    Some(response)
}

fn credential(listed: &ListedCredential) -> Option<credential_management::Response> {
    let mut response = credential_management::Response::default();
    response.user = Some(user(&listed.user));
    response.credential_id = Some(descriptor(listed.credential_id.as_slice())?);
    let public_key = match &listed.public_key {
        PublicKey::P256 { x, y } => key(2, -7, 1, x, Some(y)),
        PublicKey::Ed25519(x) => key(1, -8, 6, x, None),
        _ => return None,
    };
    response.public_key = cbor_smol::cbor_deserialize(&public_key).ok();
    assert!(response.public_key.is_some());
    response.total_credentials = listed.total;
    response.cred_protect = Some(match listed.cred_protect {
        CredProtect::Optional => CredentialProtectionPolicy::Optional,
        CredProtect::WithCredentialIdList => CredentialProtectionPolicy::OptionalWithCredentialIdList,
        CredProtect::Required => CredentialProtectionPolicy::Required,
    });
    response.large_blob_key = listed.large_blob_key.as_ref().map(|key| (*key.expose()).into());
    response.third_party_payment = listed.third_party_payment;
    Some(response)
}

fn descriptor(id: &[u8]) -> Option<PublicKeyCredentialDescriptor> {
    Some(PublicKeyCredentialDescriptor { id: bytes(id)?, key_type: text("public-key")? })
}

fn user(user: &UserEntity) -> PublicKeyCredentialUserEntity {
    let mut entity = PublicKeyCredentialUserEntity::from(bytes(user.id.as_slice()).expect("it has room"));
    entity.name = user.name.as_ref().and_then(|name| text(name.as_str()));
    entity.display_name = user.display_name.as_ref().and_then(|name| text(name.as_str()));
    entity
}

/// A COSE key by `ciborium`.
fn key(kind: i64, algorithm: i64, curve: i64, x: &[u8], y: Option<&[u8]>) -> Vec<u8> {
    let mut pairs =
        vec![(1, Value::from(kind)), (3, algorithm.into()), (-1, curve.into()), (-2, cbor::bytes(x))];
    pairs.extend(y.map(|y| (-3, cbor::bytes(y))));
    cbor::encode(&cbor::map(pairs))
}
