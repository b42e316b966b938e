//! Replies: what a command came to, and its bytes.
//!
//! What ctap-types can express goes out through its serialisers. What outgrows them is ours then: getInfo, a listed
//! credential, and whatever has a long signature or certificates; tests hold the writers to the same bytes. A fragment of
//! large blobs would be copied on the stack to go through them, and is ours.

mod asserted;
mod info;
mod large_blobs;
mod management;
mod packed;
mod unsigned;

pub use large_blobs::LargeBlobFragment;
pub use management::{CredentialsMetadata, ListedCredential, ListedRelyingParty};
pub use unsigned::{LargeBlobOutput, StoredLargeBlob};

use self::packed::Statement;
use self::unsigned::Output;
use crate::attestation::Format;
use crate::auth_data::AuthData;
use crate::bounded::Bytes;
use crate::cbor::{BufferFull, Writer};
use crate::command::Info;
use crate::cose::{Algorithm, PublicKey};
use crate::credential::{CredentialId, RpIdHash, UserEntity};
use crate::error::Error;
use crate::extension::HmacSecrets;
use crate::key::Signature;
use crate::secret::Secret;
use crate::session::Session;
use crate::status::Status;
use cbor_smol::cbor_serialize_to;
use ctap_types::ctap2::{
    AttestationStatement, AttestationStatementFormat, NoneAttestationStatement, PackedAttestationStatement,
    client_pin, get_assertion, make_credential,
};
use ctap_types::webauthn::{PublicKeyCredentialDescriptor, PublicKeyCredentialUserEntity};

/// What a command came to when it succeeded.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reply {
    /// makeCredential.
    Registered(Registered),
    /// getAssertion and getNextAssertion.
    Asserted(Asserted),
    /// getInfo.
    Info(Info),
    /// clientPIN, where it has something to say.
    ClientPin(PinReply),
    /// getCredsMetadata.
    CredentialsMetadata(CredentialsMetadata),
    /// enumerateRPsBegin and enumerateRPsGetNextRP.
    RelyingParty(ListedRelyingParty),
    /// enumerateCredentialsBegin and enumerateCredentialsGetNextCredential.
    Credential(ListedCredential),
    /// largeBlobs, where it reads.
    LargeBlobs(LargeBlobFragment),
    /// reset, selection, what only writes, and the host's own commands: done, and nothing to say (GEN-02).
    Empty,
}

/// What clientPIN says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PinReply {
    /// How often a wrong PIN may be tried (CP-03).
    Retries {
        /// That often in all.
        left: u8,
        /// Not before the power was off.
        power_cycle: bool,
    },
    /// The authenticator's public key: a point of P-256, both coordinates big-endian (CP-04).
    KeyAgreement {
        /// The x coordinate.
        x: [u8; 32],
        /// The y coordinate.
        y: [u8; 32],
    },
    /// A token, encrypted for the platform.
    Token(Bytes<48>),
    /// How often a verification by the host may fail (CP-18).
    VerificationRetries(u8),
}

/// A credential was made.
#[derive(Debug)]
pub struct Registered {
    /// The authenticator data.
    pub auth_data: AuthData,
    /// The attestation.
    pub attestation: Attestation,
    /// The key of its large blob, where the credential has one (LBK-01).
    pub large_blob_key: Option<Secret<32>>,
    /// What hmac-secret-mc has made of the host's own salts.
    pub secrets: Option<HmacSecrets>,
    /// Whether the credential can have a large blob, where that was asked (LBX-01).
    pub large_blob: Option<bool>,
    /// Whether the store has the credential by now, and what the host has staged is used up
    /// ([`Session::use_up`](crate::Session::use_up)). Otherwise the credential is its id, and nothing was written.
    pub stored: bool,
}

impl Registered {
    /// The RP ID hash at the head of the authenticator data.
    pub(crate) fn rp_id_hash(&self) -> Option<RpIdHash> {
        self.auth_data.as_slice().first_chunk().copied().map(RpIdHash)
    }

    /// The credential id in the authenticator data.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.credential().map_or(&[], |(id, _)| id)
    }

    /// The public key in the authenticator data, of which a step has no room for another copy. `None`: it is not what
    /// makeCredential makes.
    #[must_use]
    pub fn public_key(&self) -> Option<PublicKey> {
        self.credential().and_then(|(_, rest)| PublicKey::read(rest))
    }

    /// The credential id, and what comes after it.
    fn credential(&self) -> Option<(&[u8], &[u8])> {
        // Hash, flags, counter and AAGUID take 53 bytes; then two bytes of length, and the id.
        let (length, rest) = self.auth_data.as_slice().get(53..)?.split_first_chunk()?;
        rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
    }
}

/// An attestation statement.
#[derive(Debug)]
#[non_exhaustive]
pub enum Attestation {
    /// `none` (AT-05).
    None,
    /// `packed`, signed by the credential's own key (AT-01).
    PackedSelf {
        /// The key's algorithm.
        algorithm: Algorithm,
        /// Its signature.
        signature: Signature,
    },
    /// `packed`, signed by a key that many devices have in common (AT-02).
    PackedBasic {
        /// That key's algorithm.
        algorithm: Algorithm,
        /// Its signature.
        signature: Signature,
        /// Its certificate and those above (`x5c`): they lie in the profile.
        certificates: &'static [&'static [u8]],
    },
    /// `packed`, signed by the key of an enterprise attestation, which tells the site which device it is (MC-15).
    PackedEnterprise {
        /// That key's algorithm.
        algorithm: Algorithm,
        /// Its signature.
        signature: Signature,
        /// Its certificate and those above (`x5c`): they lie in the profile.
        certificates: &'static [&'static [u8]],
    },
}

impl Attestation {
    /// The format's identifier in the IANA registry.
    #[must_use]
    pub const fn identifier(&self) -> &'static str {
        match self {
            Self::None => Format::None.identifier(),
            Self::PackedSelf { .. } | Self::PackedBasic { .. } | Self::PackedEnterprise { .. } => {
                Format::PackedSelf.identifier()
            }
        }
    }
}

/// A credential signed in.
#[derive(Debug)]
pub struct Asserted {
    /// Which one.
    pub credential_id: CredentialId,
    /// The authenticator data.
    pub auth_data: AuthData,
    /// The signature over authenticator data and client data hash.
    pub signature: Signature,
    /// The account, for discoverable credentials; names only after verification (GA-17).
    pub user: Option<UserEntity>,
    /// How many credentials there are, when getNextAssertion can have the others (GA-15).
    pub number_of_credentials: Option<u32>,
    /// The user picked this one among several (GA-16).
    pub user_selected: bool,
    /// The key of its large blob, where it was asked for and the credential has one (LBK-02).
    pub large_blob_key: Option<Secret<32>>,
    /// What hmac-secret has made of the host's own salts.
    pub secrets: Option<HmacSecrets>,
    /// What has become of its large blob, where something was asked of it.
    pub large_blob: Option<LargeBlobOutput>,
}

/// A reply does not fit its buffer or the types it goes through, or what is in it is not there any more.
struct TooLong;

impl From<BufferFull> for TooLong {
    fn from(BufferFull: BufferFull) -> Self {
        Self
    }
}

impl From<cbor_smol::Error> for TooLong {
    fn from(_: cbor_smol::Error) -> Self {
        Self
    }
}

/// Writes status byte and body; see [`Done::encode`](crate::Done::encode).
pub(crate) fn encode(result: Result<&Reply, &Error>, session: &Session, buffer: &mut [u8]) -> usize {
    let Some((status, body)) = buffer.split_first_mut() else { return 0 };
    let (code, length) = match result.map(|reply| write(reply, session, body)) {
        Ok(Ok(length)) => (Status::Ok, length),
        Ok(Err(TooLong)) => (Status::Other, 0),
        Err(error) => (error.status(), 0),
    };
    *status = code.code();
    length.saturating_add(1)
}

fn write(reply: &Reply, session: &Session, mut body: &mut [u8]) -> Result<usize, TooLong> {
    match reply {
        Reply::Registered(registered) => write_registration(registered, body),
        Reply::Asserted(asserted) => write_assertion(asserted, session, body),
        Reply::Info(info) => match info::in_ctap_types(info) {
            Some(response) => Ok(cbor_serialize_to(&response, &mut body)?),
            None => Ok(info::write(info, body)?),
        },
        Reply::ClientPin(PinReply::KeyAgreement { x, y }) => Ok(write_key_agreement(x, y, body)?),
        Reply::ClientPin(reply) => Ok(cbor_serialize_to(&client_pin(reply)?, &mut body)?),
        Reply::CredentialsMetadata(metadata) => {
            Ok(cbor_serialize_to(&management::metadata(metadata), &mut body)?)
        }
        Reply::RelyingParty(listed) => Ok(cbor_serialize_to(&management::relying_party(listed)?, &mut body)?),
        Reply::Credential(listed) => Ok(management::write_credential(listed, body)?),
        Reply::LargeBlobs(fragment) => {
            let bytes = fragment.bytes(session).ok_or(TooLong)?;
            Ok(large_blobs::write(bytes, body)?)
        }
        Reply::Empty => Ok(0),
    }
}

/// Whether ctap-types have no room for it.
fn is_long(signature: &Signature) -> bool {
    signature.as_slice().len() > ctap_types::sizes::ASN1_SIGNATURE_LENGTH
}

fn write_registration(registered: &Registered, body: &mut [u8]) -> Result<usize, TooLong> {
    let length = match &registered.attestation {
        Attestation::PackedBasic { algorithm, signature, certificates }
        | Attestation::PackedEnterprise { algorithm, signature, certificates } => {
            let certificates = Some(*certificates);
            let statement = Statement { algorithm: *algorithm, signature, certificates };
            packed::write(registered, &statement, body)?
        }
        Attestation::PackedSelf { algorithm, signature } if is_long(signature) => {
            let statement = Statement { algorithm: *algorithm, signature, certificates: None };
            packed::write(registered, &statement, body)?
        }
        _ => cbor_serialize_to(&registration(registered)?, &mut &mut *body)?,
    };
    match registered.large_blob {
        None => Ok(length),
        Some(supported) => Ok(unsigned::add(body, length, 0x06, &Output::Supported(supported))?),
    }
}

fn write_assertion(asserted: &Asserted, session: &Session, body: &mut [u8]) -> Result<usize, TooLong> {
    let length = if is_long(&asserted.signature) {
        asserted::write(asserted, body)?
    } else {
        cbor_serialize_to(&assertion(asserted)?, &mut &mut *body)?
    };
    let output = match &asserted.large_blob {
        None => return Ok(length),
        Some(LargeBlobOutput::Written(written)) => Output::Written(*written),
        Some(LargeBlobOutput::Read(blob)) => {
            let (bytes, original_size) = blob.read(session).ok_or(TooLong)?;
            Output::Blob(bytes, original_size)
        }
    };
    Ok(unsigned::add(body, length, 0x08, &output)?)
}

fn bytes<const N: usize>(slice: &[u8]) -> Result<ctap_types::Bytes<N>, TooLong> {
    ctap_types::Bytes::try_from(slice).map_err(|_| TooLong)
}

fn text<const N: usize>(text: &str) -> Result<ctap_types::String<N>, TooLong> {
    ctap_types::String::try_from(text).map_err(|_| TooLong)
}

fn registration(registered: &Registered) -> Result<make_credential::Response, TooLong> {
    let (fmt, statement) = match &registered.attestation {
        Attestation::None => {
            (AttestationStatementFormat::None, AttestationStatement::None(NoneAttestationStatement {}))
        }
        Attestation::PackedSelf { algorithm, signature } => {
            let alg = i32::try_from(algorithm.cose_id()).map_err(|_| TooLong)?;
            let packed = PackedAttestationStatement { alg, sig: bytes(signature.as_slice())?, x5c: None };
            (AttestationStatementFormat::Packed, AttestationStatement::Packed(packed))
        }
        Attestation::PackedBasic { .. } | Attestation::PackedEnterprise { .. } => return Err(TooLong), // a chain is not among those of ctap-types
    };
    let auth_data = bytes(registered.auth_data.as_slice())?;
    let mut response = make_credential::ResponseBuilder { fmt, auth_data }.build();
    response.att_stmt = Some(statement); // MC-30: also the empty one
    response.large_blob_key = registered.large_blob_key.as_ref().map(|key| (*key.expose()).into());
    Ok(response)
}

fn assertion(asserted: &Asserted) -> Result<get_assertion::Response, TooLong> {
    let credential = PublicKeyCredentialDescriptor {
        id: bytes(asserted.credential_id.as_slice())?,
        key_type: text("public-key")?,
    };
    let auth_data = bytes(asserted.auth_data.as_slice())?;
    let signature = bytes(asserted.signature.as_slice())?;
    let mut response = get_assertion::ResponseBuilder { credential, auth_data, signature }.build();
    response.user = asserted.user.as_ref().map(user).transpose()?;
    response.number_of_credentials = asserted.number_of_credentials;
    response.user_selected = asserted.user_selected.then_some(true); // GA-22
    response.large_blob_key = asserted.large_blob_key.as_ref().map(|key| (*key.expose()).into());
    Ok(response)
}

fn client_pin(reply: &PinReply) -> Result<client_pin::Response, TooLong> {
    let mut response = client_pin::Response::default();
    match reply {
        PinReply::Retries { left, power_cycle } => {
            response.retries = Some(*left);
            response.power_cycle_state = Some(*power_cycle);
        }
        PinReply::Token(token) => response.pin_token = Some(bytes(token.as_slice())?),
        PinReply::VerificationRetries(left) => response.uv_retries = Some(*left),
        PinReply::KeyAgreement { .. } => return Err(TooLong), // its type is not among those of ctap-types
    }
    Ok(response)
}

/// PP-01: the COSE key, whose algorithm is the number that everyone sends and nobody uses.
fn write_key_agreement(x: &[u8; 32], y: &[u8; 32], body: &mut [u8]) -> Result<usize, BufferFull> {
    let mut writer = Writer::new(body);
    writer.map(1)?;
    writer.unsigned(0x01)?;
    writer.map(5)?;
    for (label, value) in [(1, 2), (3, -25), (-1, 1)] {
        writer.integer(label)?;
        writer.integer(value)?;
    }
    for (label, coordinate) in [(-2, x), (-3, y)] {
        writer.integer(label)?;
        writer.bytes(coordinate)?;
    }
    Ok(writer.written())
}

fn user(user: &UserEntity) -> Result<PublicKeyCredentialUserEntity, TooLong> {
    let mut entity = PublicKeyCredentialUserEntity::from(bytes(user.id.as_slice())?);
    entity.name = user.name.as_ref().map(|name| text(name.as_str())).transpose()?;
    entity.display_name = user.display_name.as_ref().map(|name| text(name.as_str())).transpose()?;
    Ok(entity)
}

#[cfg(test)]
mod tests;
