//! Requests: bytes in, [`Command`] out. After this nothing re-checks a type or a length.
//!
//! Our own decoder rather than ctap-types' because CTAP wants unknown members passed over and three kinds of failure told
//! apart, in this order: malformed CBOR (0x12), wrong types (0x11), missing members (0x14) (GEN-18).

mod client_pin;
mod config;
mod credential_management;
mod extension;
mod large_blobs;
mod subcommand;

use crate::attestation::Preference;
use crate::cbor::{Map, Value, WrongType, check};
use crate::command::{AmongNamed, Command, GetAssertion, MakeCredential, PinUvAuth, Replacement, User};
use crate::cose::{Algorithm, Algorithms};
use crate::credential::ClientDataHash;
use crate::descriptor::CredentialList;
use crate::error::RequestError;
use crate::extension::AssertionExtensions;
use ctap_types::ctap2::Operation;

/// Decodes a request: one command byte, then at most one CBOR map (GEN-01).
///
/// `max_message_size` is the longest request the authenticator takes.
///
/// # Errors
/// [`RequestError`]; nothing has happened by then (GEN-17).
pub fn decode(request: &[u8], max_message_size: u16) -> Result<Command<'_>, RequestError> {
    if request.len() > usize::from(max_message_size) {
        return Err(RequestError::TooLarge);
    }
    let (&byte, parameters) = request.split_first().ok_or(RequestError::Empty)?;
    match Operation::try_from(byte) {
        Ok(Operation::MakeCredential) => make_credential(parameters).map(Command::MakeCredential),
        Ok(Operation::GetAssertion) => get_assertion(parameters).map(Command::GetAssertion),
        // GEN-13: these take no parameters, and what is sent along all the same is passed over.
        Ok(Operation::GetNextAssertion) => Ok(Command::GetNextAssertion),
        Ok(Operation::GetInfo) => Ok(Command::GetInfo),
        Ok(Operation::ClientPin) => client_pin::read(parameters).map(Command::ClientPin),
        Ok(Operation::Reset) => Ok(Command::Reset),
        Ok(Operation::CredentialManagement) => {
            credential_management::read(parameters, false).map(Command::CredentialManagement)
        }
        // Older clients know it by its preview number.
        Ok(Operation::PreviewCredentialManagement) => {
            credential_management::read(parameters, true).map(Command::CredentialManagement)
        }
        Ok(Operation::Selection) => Ok(Command::Selection),
        Ok(Operation::LargeBlobs) => large_blobs::read(parameters).map(Command::LargeBlobs),
        Ok(Operation::Config) => config::read(parameters).map(Command::Config),
        _ => Err(RequestError::UnknownCommand),
    }
}

impl From<WrongType> for RequestError {
    fn from(WrongType: WrongType) -> Self {
        Self::WrongType
    }
}

/// Notes that a required member is missing, which is only said once everything has been found to be of its right type.
#[derive(Default)]
struct Missing(bool);

impl Missing {
    fn require<T: Default>(&mut self, member: Option<T>) -> T {
        self.0 |= member.is_none();
        member.unwrap_or_default()
    }

    const fn done(&self) -> Result<(), RequestError> {
        if self.0 { Err(RequestError::Missing) } else { Ok(()) }
    }
}

fn parameters(bytes: &[u8]) -> Result<Map<'_>, RequestError> {
    Ok(check(bytes).map_err(|_| RequestError::Malformed)?.map()?)
}

fn make_credential(bytes: &[u8]) -> Result<MakeCredential<'_>, RequestError> {
    let mut missing = Missing::default();
    let (mut hash, mut rp_id, mut user, mut algorithms) = (None, None, None, None);
    let mut exclude = CredentialList::default();
    let mut asked = extension::Asked::default();
    let mut options = Options::default();
    let mut pin_uv_auth = PinUvAuth::default();
    let mut enterprise_attestation = None;
    let mut attestation_formats = Preference::default();
    for (key, value) in parameters(bytes)? {
        match key.unsigned() {
            Ok(0x01) => hash = Some(value.bytes()?),
            Ok(0x02) => rp_id = Some(relying_party(value, &mut missing)?),
            Ok(0x03) => user = Some(user_entity(value, &mut missing)?),
            Ok(0x04) => algorithms = Some(public_key_parameters(value, &mut missing)?),
            Ok(0x05) => exclude = descriptors(value, &mut missing)?,
            Ok(0x06) => asked = extension::registration(value, &mut missing)?,
            Ok(0x07) => options = Options::read(value)?,
            Ok(0x08) => pin_uv_auth.param = Some(value.bytes()?),
            Ok(0x09) => pin_uv_auth.protocol = Some(value.unsigned()?),
            Ok(0x0A) => enterprise_attestation = Some(value.unsigned()?),
            Ok(0x0B) => attestation_formats = formats(value)?,
            _ => {} // GEN-10
        }
    }
    let hash = missing.require(hash);
    let rp_id = missing.require(rp_id);
    let user = missing.require(user);
    let algorithms = missing.require(algorithms);
    missing.done()?;
    if user.id.is_empty() || user.id.len() > 64 {
        return Err(RequestError::UserIdLength);
    }
    Ok(MakeCredential {
        client_data_hash: client_data_hash(hash)?,
        rp_id,
        user: User { id: user.id, name: user.name, display_name: user.display_name },
        algorithms,
        exclude,
        exclude_app_id: None,
        extensions: asked.judge()?,
        rk: options.rk,
        up: options.up,
        // MC-07: a pinUvAuthParam takes the place of the uv option.
        uv: options.uv.unwrap_or(false) && pin_uv_auth.param.is_none(),
        pin_uv_auth,
        enterprise_attestation,
        attestation_formats,
        replacement: Replacement::Overwrite,
    })
}

fn get_assertion(bytes: &[u8]) -> Result<GetAssertion<'_>, RequestError> {
    let mut missing = Missing::default();
    let (mut rp_id, mut hash) = (None, None);
    let mut allow = CredentialList::default();
    let mut extensions = AssertionExtensions::default();
    let mut options = Options::default();
    let mut pin_uv_auth = PinUvAuth::default();
    for (key, value) in parameters(bytes)? {
        match key.unsigned() {
            Ok(0x01) => rp_id = Some(value.text()?),
            Ok(0x02) => hash = Some(value.bytes()?),
            Ok(0x03) => allow = descriptors(value, &mut missing)?,
            Ok(0x04) => extensions = extension::assertion(value, &mut missing)?,
            Ok(0x05) => options = Options::read(value)?,
            Ok(0x06) => pin_uv_auth.param = Some(value.bytes()?),
            Ok(0x07) => pin_uv_auth.protocol = Some(value.unsigned()?),
            _ => {} // GEN-10
        }
    }
    let rp_id = missing.require(rp_id);
    let hash = missing.require(hash);
    missing.done()?;
    Ok(GetAssertion {
        rp_id,
        client_data_hash: client_data_hash(hash)?,
        allow,
        among_named: AmongNamed::Newest,
        extensions,
        up: options.up.unwrap_or(true),
        uv: options.uv.unwrap_or(false) && pin_uv_auth.param.is_none(),
        rk_present: options.rk.is_some(),
        pin_uv_auth,
    })
}

/// MC-01: the hash is a SHA-256.
fn client_data_hash(bytes: &[u8]) -> Result<ClientDataHash, RequestError> {
    bytes.try_into().map(ClientDataHash).map_err(|_| RequestError::HashLength)
}

#[derive(Default)]
struct Options {
    rk: Option<bool>,
    up: Option<bool>,
    uv: Option<bool>,
}

impl Options {
    fn read(value: Value<'_>) -> Result<Self, RequestError> {
        let mut options = Self::default();
        for (key, value) in value.map()? {
            match key.text() {
                Ok("rk") => options.rk = Some(value.boolean()?),
                Ok("up") => options.up = Some(value.boolean()?),
                Ok("uv") => options.uv = Some(value.boolean()?),
                _ => {} // MC-07
            }
        }
        Ok(options)
    }
}

fn relying_party<'a>(value: Value<'a>, missing: &mut Missing) -> Result<&'a str, RequestError> {
    let mut id = None;
    for (key, value) in value.map()? {
        match key.text() {
            Ok("id") => id = Some(value.text()?),
            // Of the right type or refused, and not kept: what a site calls itself is shown nowhere.
            Ok("name" | "icon") => {
                value.text()?;
            }
            _ => {}
        }
    }
    Ok(missing.require(id))
}

#[derive(Default)]
struct UserDraft<'a> {
    id: &'a [u8],
    name: Option<&'a str>,
    display_name: Option<&'a str>,
}

fn user_entity<'a>(value: Value<'a>, missing: &mut Missing) -> Result<UserDraft<'a>, RequestError> {
    let mut id = None;
    let mut user = UserDraft::default();
    for (key, value) in value.map()? {
        match key.text() {
            Ok("id") => id = Some(value.bytes()?),
            Ok("name") => user.name = Some(value.text()?),
            Ok("displayName") => user.display_name = Some(value.text()?),
            Ok("icon") => {
                value.text()?; // MC-27: not stored
            }
            _ => {}
        }
    }
    user.id = missing.require(id);
    Ok(user)
}

/// MC-05: every element is checked, also after a match; only `public-key` counts.
fn public_key_parameters(value: Value<'_>, missing: &mut Missing) -> Result<Algorithms, RequestError> {
    let mut algorithms = Algorithms::default();
    for parameter in value.array()? {
        let (mut kind, mut id) = (None, None);
        for (key, value) in parameter.map()? {
            match key.text() {
                Ok("type") => kind = Some(value.text()?),
                Ok("alg") => id = Some(value.integer()?),
                _ => {}
            }
        }
        let (kind, id) = (missing.require(kind), missing.require(id));
        if let Some(algorithm) = Algorithm::from_cose_id(id).filter(|_| kind == "public-key") {
            algorithms.add(algorithm);
        }
    }
    Ok(algorithms)
}

/// MC-21: every descriptor is checked, whatever its type says.
fn descriptors<'a>(value: Value<'a>, missing: &mut Missing) -> Result<CredentialList<'a>, RequestError> {
    for listed in value.array()? {
        descriptor(listed, missing)?;
    }
    Ok(CredentialList::checked(value))
}

/// The type and the id of a descriptor.
fn descriptor<'a>(value: Value<'a>, missing: &mut Missing) -> Result<(&'a str, &'a [u8]), RequestError> {
    let (mut kind, mut id) = (None, None);
    for (key, value) in value.map()? {
        match key.text() {
            Ok("type") => kind = Some(value.text()?),
            Ok("id") => id = Some(value.bytes()?),
            Ok("transports") => {
                for transport in value.array()? {
                    transport.text()?;
                }
            }
            _ => {}
        }
    }
    Ok((missing.require(kind), missing.require(id)))
}

fn formats(value: Value<'_>) -> Result<Preference, RequestError> {
    for format in value.array()? {
        format.text()?;
    }
    Ok(Preference::new(value.array()?.filter_map(|format| format.text().ok())))
}

#[cfg(test)]
mod tests;
