//! Authenticator data: what a signature vouches for (WebAuthn L3 §6.1, AD-01).

use crate::bounded::Bytes;
use crate::cbor::{BufferFull, Writer};
use crate::cose::PublicKey;
use crate::credential::RpIdHash;
use crate::extension::Outputs;
use crate::user::{Consent, Verified};

/// Encoded authenticator data.
pub type AuthData = Bytes<MAX_AUTH_DATA>;

/// Hash, flags and counter; AAGUID, id and key, whose lengths are at most 64 and 77 bytes, or 32 and 110; a registration's
/// outputs, which take 170 bytes.
const MAX_AUTH_DATA: usize = 368;

/// The flags of device-bound credentials. There is no way to say backup eligible or backed up (AD-03).
#[derive(Clone, Copy)]
struct Flags(u8);

impl Flags {
    const USER_PRESENT: u8 = 0x01;
    const USER_VERIFIED: u8 = 0x04;
    const ATTESTED_CREDENTIAL: u8 = 0x40;
    const EXTENSIONS: u8 = 0x80;

    /// UP and UV need their proofs (AD-08).
    const fn of(consent: Option<&Consent>, verified: Option<&Verified>) -> Self {
        let present = if consent.is_some() { Self::USER_PRESENT } else { 0 };
        let verified = if verified.is_some() { Self::USER_VERIFIED } else { 0 };
        Self(present | verified)
    }

    const fn with(self, flag: u8, set: bool) -> Self {
        if set { Self(self.0 | flag) } else { self }
    }
}

/// The credential that registration data describes.
pub(crate) struct Attested<'a> {
    pub(crate) aaguid: &'a [u8; 16],
    pub(crate) credential_id: &'a [u8],
    pub(crate) public_key: &'a PublicKey,
}

/// The authenticator data of an assertion (GA-20).
pub(crate) fn assertion(
    rp_id_hash: &RpIdHash,
    consent: Option<&Consent>,
    verified: Option<&Verified>,
    sign_count: u32,
    outputs: &Outputs<'_>,
) -> Option<AuthData> {
    let flags = Flags::of(consent, verified).with(Flags::EXTENSIONS, !outputs.is_empty());
    encode(rp_id_hash, flags, sign_count, |writer| outputs.write(writer))
}

/// The authenticator data of a registration (MC-32): nobody registers without consent.
pub(crate) fn registration(
    rp_id_hash: &RpIdHash,
    consent: &Consent,
    verified: Option<&Verified>,
    sign_count: u32,
    attested: &Attested<'_>,
    outputs: &Outputs<'_>,
) -> Option<AuthData> {
    let flags = Flags::of(Some(consent), verified)
        .with(Flags::ATTESTED_CREDENTIAL, true)
        .with(Flags::EXTENSIONS, !outputs.is_empty());
    encode(rp_id_hash, flags, sign_count, |writer| {
        writer.raw(attested.aaguid)?;
        let length = u16::try_from(attested.credential_id.len()).map_err(|_| BufferFull)?;
        writer.raw(&length.to_be_bytes())?;
        writer.raw(attested.credential_id)?;
        attested.public_key.write(writer)?;
        outputs.write(writer)
    })
}

fn encode(
    rp_id_hash: &RpIdHash,
    flags: Flags,
    sign_count: u32,
    rest: impl FnOnce(&mut Writer<'_>) -> Result<(), BufferFull>,
) -> Option<AuthData> {
    let mut buffer = [0; MAX_AUTH_DATA];
    let mut writer = Writer::new(&mut buffer);
    writer.raw(&rp_id_hash.0).ok()?;
    writer.raw(&[flags.0]).ok()?;
    writer.raw(&sign_count.to_be_bytes()).ok()?;
    rest(&mut writer).ok()?;
    let length = writer.written();
    Bytes::new(buffer.get(..length)?)
}

#[cfg(test)]
mod tests;
