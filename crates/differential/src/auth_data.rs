//! Authenticator data, which are no CBOR but for a key and what the extensions put out.

use crate::item::{Item, read, split};
use crate::reply::{Held, is_their_algorithm};
use cbor_smol::{cbor_deserialize, cbor_serialize};
use ctap_types::ctap2::credential_management::Response as ListedCredential;
use ctap_types::ctap2::get_assertion::{self, NoAttestedCredentialData};
use ctap_types::ctap2::make_credential::{self, AttestedCredentialData};
use ctap_types::ctap2::{AuthenticatorData, AuthenticatorDataFlags, SerializeAttestedCredentialData};
use serde::{Serialize, de::DeserializeOwned};

/// Authenticator data taken apart.
struct Parts<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: AuthenticatorDataFlags,
    sign_count: u32,
    attested: Option<AttestedCredentialData<'a>>,
    extensions: Option<&'a [u8]>,
}

/// Has ctap-types put authenticator data together of their parts, the key and the outputs of extensions read by them.
///
/// # Panics
/// When they are no authenticator data; when their types can hold them, and the bytes are others; or when they cannot, and are
/// the same.
pub fn judge_auth_data(auth_data: &[u8]) -> Held {
    let parts = parts(auth_data);
    assert!(parts.is_some(), "no authenticator data: {auth_data:02x?}");
    let again = parts.as_ref().and_then(Parts::again);
    let holds = parts.as_ref().is_some_and(Parts::can_be_held);
    assert_eq!(again.as_deref() == Some(auth_data), holds, "{auth_data:02x?}, in their words {again:02x?}");
    if holds { Held::Same } else { Held::Beyond }
}

fn parts(auth_data: &[u8]) -> Option<Parts<'_>> {
    let (rp_id_hash, rest) = auth_data.split_first_chunk()?;
    let (&[flags], rest) = rest.split_first_chunk()?;
    let (sign_count, rest) = rest.split_first_chunk()?;
    let flags = AuthenticatorDataFlags::from_bits(flags)?;
    let (attested, rest) = if flags.contains(AuthenticatorDataFlags::ATTESTED_CREDENTIAL_DATA) {
        let (aaguid, rest) = rest.split_at_checked(16)?;
        let (length, rest) = rest.split_first_chunk()?;
        let (credential_id, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (credential_public_key, rest) = split(rest)?;
        (Some(AttestedCredentialData { aaguid, credential_id, credential_public_key }), rest)
    } else {
        (None, rest)
    };
    let has_outputs = flags.contains(AuthenticatorDataFlags::EXTENSION_DATA);
    if rest.is_empty() == has_outputs {
        return None;
    }
    let extensions = has_outputs.then_some(rest);
    Some(Parts { rp_id_hash, flags, sign_count: u32::from_be_bytes(*sign_count), attested, extensions })
}

impl Parts<'_> {
    fn again(&self) -> Option<Vec<u8>> {
        match &self.attested {
            Some(attested) => {
                is_their_key(attested.credential_public_key).then_some(())?;
                self.put_together::<_, make_credential::ExtensionsOutput>(Some(attested.clone()))
            }
            None => self.put_together::<_, get_assertion::ExtensionsOutput>(None::<NoAttestedCredentialData>),
        }
    }

    fn put_together<A: SerializeAttestedCredentialData, E: Serialize + DeserializeOwned>(
        &self,
        attested_credential_data: Option<A>,
    ) -> Option<Vec<u8>> {
        let outputs = self.extensions.map(|outputs| cbor_deserialize::<E>(outputs).ok());
        let extensions = match outputs {
            Some(read) => Some(read?),
            None => None,
        };
        let data = AuthenticatorData {
            rp_id_hash: self.rp_id_hash,
            flags: self.flags,
            sign_count: self.sign_count,
            attested_credential_data,
            extensions,
        };
        Some(data.serialize().ok()?.as_slice().to_vec())
    }

    /// Whether they have the algorithm of the key and every extension; they have not pinComplexityPolicy.
    fn can_be_held(&self) -> bool {
        let is_their_output = |key: &Item<'_>| key.text().is_some_and(|name| name != b"pinComplexityPolicy");
        let outputs = self.extensions.and_then(|outputs| read(outputs).0);
        let key = self.attested.as_ref().and_then(|attested| read(attested.credential_public_key).0);
        outputs.is_none_or(|outputs| outputs.map().iter().all(|(name, _)| is_their_output(name)))
            && key.is_none_or(|key| key.at(3).is_some_and(is_their_algorithm))
    }
}

/// Whether they read a key, and write it in the same bytes: as that of a listed credential, as its type has no name here.
fn is_their_key(key: &[u8]) -> bool {
    let mut listed = ListedCredential::default();
    listed.public_key = cbor_deserialize(key).ok();
    let mut buffer = [0; 256];
    let written = cbor_serialize(&listed, &mut buffer).ok();
    written.and_then(|written| written.strip_prefix(&[0xA1, 0x08])) == Some(key)
}
