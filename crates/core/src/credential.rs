//! What a credential is, and how a discoverable one is written into its record.

use crate::bounded::{Bytes, Text};
use crate::cbor::{BufferFull, Value, Writer, check, count};
use crate::cose::{Algorithm, PublicKey};
use crate::extension::{Extended, MAX_CRED_BLOB};
use crate::key::KeyRef;
use core::fmt;
use sha2::{Digest, Sha256};

/// SHA-256 of a relying party identifier's UTF-8 bytes (AD-01).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RpIdHash(pub [u8; 32]);

impl RpIdHash {
    /// The hash of `rp_id`, taken whole even where its stored form is cut (MC-28).
    #[must_use]
    pub fn of(rp_id: &str) -> Self {
        Self(Sha256::digest(rp_id.as_bytes()).into())
    }
}

impl fmt::Debug for RpIdHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RpIdHash")
    }
}

/// SHA-256 of the serialised client data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientDataHash(pub [u8; 32]);

impl fmt::Debug for ClientDataHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientDataHash")
    }
}

/// The longest credential id this library makes; a longer one in a request is nobody's (AD-05).
pub const MAX_CREDENTIAL_ID: usize = 96;

/// A credential id: 32 random bytes for a discoverable credential, a sealed key for another.
pub type CredentialId = Bytes<MAX_CREDENTIAL_ID>;

/// A relying party identifier as it is kept and shown: cut to the longest DNS name (MC-28).
pub type RpId = Text<253>;

/// What tells a credential's secrets from those of others: drawn with it, and gone with its record.
pub(crate) type Seed = Bytes<16>;

/// What a site keeps with its credential by credBlob.
pub type CredBlob = Bytes<MAX_CRED_BLOB>;

/// The account a credential is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserEntity {
    /// The user handle, 1 to 64 bytes.
    pub id: Bytes<64>,
    /// `user.name`, at most 64 bytes (MC-27).
    pub name: Option<Text<64>>,
    /// `user.displayName`, at most 64 bytes (MC-27).
    pub display_name: Option<Text<64>>,
}

/// When a credential may be used without user verification (credProtect, CTAP 2.3 §12.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredProtect {
    /// `userVerificationOptional`: always (CPR-03).
    #[default]
    Optional = 1,
    /// `userVerificationOptionalWithCredentialIDList`: only when the request names the credential.
    WithCredentialIdList = 2,
    /// `userVerificationRequired`: never.
    Required = 3,
}

impl CredProtect {
    /// The level of its number on the wire.
    #[must_use]
    pub const fn from_level(level: u64) -> Option<Self> {
        match level {
            1 => Some(Self::Optional),
            2 => Some(Self::WithCredentialIdList),
            3 => Some(Self::Required),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Self::Optional => 1,
            Self::WithCredentialIdList => 2,
            Self::Required => 3,
        }
    }

    /// Whether a request may see the credential (GA-09).
    pub(crate) const fn admits(self, verified: bool, named: bool) -> bool {
        match self {
            Self::Optional => true,
            Self::WithCredentialIdList => verified || named,
            Self::Required => verified,
        }
    }
}

/// What has become of a credential since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialState {
    /// In use.
    #[default]
    Active,
    /// In use, but the site has not been seen to accept it: so begins one that supersedes others, or would.
    Unconfirmed,
    /// The site has said that it no longer knows it; kept, and absent from everything but the host's own lists.
    Hidden,
    /// The platform has invalidated its key for good; kept and absent likewise.
    KeyInvalidated,
}

impl CredentialState {
    const fn code(self) -> u64 {
        match self {
            Self::Active => 0,
            Self::Unconfirmed => 1,
            Self::Hidden => 2,
            Self::KeyInvalidated => 3,
        }
    }

    const fn from_code(code: u64) -> Option<Self> {
        match code {
            0 => Some(Self::Active),
            1 => Some(Self::Unconfirmed),
            2 => Some(Self::Hidden),
            3 => Some(Self::KeyInvalidated),
            _ => None,
        }
    }
}

/// The most a host may keep in a credential's record (label, account, life-cycle state), in bytes.
pub const MAX_HOST_DATA: usize = 512;

/// A discoverable credential as its record holds it.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The credential id.
    pub id: CredentialId,
    /// The hash the credential answers to.
    pub rp_id_hash: RpIdHash,
    /// The relying party identifier, for people.
    pub rp_id: RpId,
    /// The account.
    pub user: UserEntity,
    /// The public key.
    pub public_key: PublicKey,
    /// Where the private key is.
    pub key: KeyRef,
    /// The level of credProtect.
    pub cred_protect: CredProtect,
    /// What has become of it.
    pub state: CredentialState,
    /// Whether it is found without being named. Hardware backends keep a record for the others too.
    pub discoverable: bool,
    /// Its place in the order of creation: higher is newer.
    pub number: u64,
    /// When it was made, in seconds since 1970, if the host knew.
    pub created: Option<u64>,
    /// When it last signed in, in seconds since 1970, if known.
    pub last_used: Option<u64>,
    /// The highest value of its signature counter that has been reserved (AD-07); 0 while none is.
    pub sign_count_reserved: u32,
    pub(crate) extended: Extended,
    /// A later version of this library has written something beside. It is read, but not written again: that would be lost.
    pub(crate) newer: bool,
}

/// The longest plaintext of a credential's record, host data included. The id of one that has a record is 32 bytes: longer
/// ones are sealed keys, and those have none.
pub(crate) const MAX_CREDENTIAL_BODY: usize = 1348;

impl Credential {
    /// Writes the record's plaintext: a map with small integer keys, in canonical order.
    pub(crate) fn write(&self, host_data: &[u8], writer: &mut Writer<'_>) -> Result<(), BufferFull> {
        let extended = &self.extended;
        let optional = [
            self.user.name.is_some(),
            self.user.display_name.is_some(),
            self.created.is_some(),
            self.last_used.is_some(),
            !host_data.is_empty(),
            !self.discoverable,
            self.sign_count_reserved != 0,
            !extended.seed.as_slice().is_empty(),
            !extended.cred_blob.as_slice().is_empty(),
            extended.large_blob_key,
            extended.third_party_payment,
        ];
        writer.map(REQUIRED.saturating_add(count(optional.into_iter().filter(|present| *present))))?;
        writer.unsigned(field::ID)?;
        writer.bytes(self.id.as_slice())?;
        writer.unsigned(field::RP_ID_HASH)?;
        writer.bytes(&self.rp_id_hash.0)?;
        writer.unsigned(field::RP_ID)?;
        writer.text(self.rp_id.as_str())?;
        writer.unsigned(field::USER_ID)?;
        writer.bytes(self.user.id.as_slice())?;
        writer.unsigned(field::ALGORITHM)?;
        writer.integer(self.public_key.algorithm().cose_id())?;
        writer.unsigned(field::PUBLIC_KEY)?;
        writer.bytes(self.public_key.stored().as_slice())?;
        writer.unsigned(field::BACKEND)?;
        writer.unsigned(u64::from(self.key.backend.0))?;
        writer.unsigned(field::KEY)?;
        writer.bytes(self.key.handle.as_slice())?;
        writer.unsigned(field::CRED_PROTECT)?;
        writer.unsigned(u64::from(self.cred_protect.level()))?;
        writer.unsigned(field::STATE)?;
        writer.unsigned(self.state.code())?;
        writer.unsigned(field::NUMBER)?;
        writer.unsigned(self.number)?;
        if let Some(name) = &self.user.name {
            writer.unsigned(field::USER_NAME)?;
            writer.text(name.as_str())?;
        }
        if let Some(name) = &self.user.display_name {
            writer.unsigned(field::USER_DISPLAY_NAME)?;
            writer.text(name.as_str())?;
        }
        if let Some(created) = self.created {
            writer.unsigned(field::CREATED)?;
            writer.unsigned(created)?;
        }
        if let Some(last_used) = self.last_used {
            writer.unsigned(field::LAST_USED)?;
            writer.unsigned(last_used)?;
        }
        if !host_data.is_empty() {
            writer.unsigned(field::HOST_DATA)?;
            writer.bytes(host_data)?;
        }
        if !self.discoverable {
            writer.unsigned(field::DISCOVERABLE)?;
            writer.boolean(false)?;
        }
        if self.sign_count_reserved != 0 {
            writer.unsigned(field::SIGN_COUNT_RESERVED)?;
            writer.unsigned(u64::from(self.sign_count_reserved))?;
        }
        for (field, bytes) in
            [(field::SEED, extended.seed.as_slice()), (field::CRED_BLOB, extended.cred_blob.as_slice())]
        {
            if !bytes.is_empty() {
                writer.unsigned(field)?;
                writer.bytes(bytes)?;
            }
        }
        for (field, flag) in [
            (field::LARGE_BLOB_KEY, extended.large_blob_key),
            (field::THIRD_PARTY_PAYMENT, extended.third_party_payment),
        ] {
            if flag {
                writer.unsigned(field)?;
                writer.boolean(true)?;
            }
        }
        Ok(())
    }

    /// Reads a record's plaintext back, with its host data. `None`: not such a record.
    pub(crate) fn read(plaintext: &[u8]) -> Option<(Self, &[u8])> {
        let mut fields = Fields::default();
        for (key, value) in check(plaintext).ok()?.map().ok()? {
            fields.take(key.unsigned().ok()?, value)?;
        }
        fields.finish()
    }
}

/// Keys of the record's map. A number is never used again for something else.
mod field {
    pub(super) const ID: u64 = 1;
    pub(super) const RP_ID_HASH: u64 = 2;
    pub(super) const RP_ID: u64 = 3;
    pub(super) const USER_ID: u64 = 4;
    pub(super) const ALGORITHM: u64 = 5;
    pub(super) const PUBLIC_KEY: u64 = 6;
    pub(super) const BACKEND: u64 = 7;
    pub(super) const KEY: u64 = 8;
    pub(super) const CRED_PROTECT: u64 = 9;
    pub(super) const STATE: u64 = 10;
    pub(super) const NUMBER: u64 = 11;
    pub(super) const USER_NAME: u64 = 12;
    pub(super) const USER_DISPLAY_NAME: u64 = 13;
    pub(super) const CREATED: u64 = 14;
    pub(super) const LAST_USED: u64 = 15;
    pub(super) const HOST_DATA: u64 = 16;
    /// Absent means true.
    pub(super) const DISCOVERABLE: u64 = 17;
    /// Absent means 0.
    pub(super) const SIGN_COUNT_RESERVED: u64 = 18;
    pub(super) const SEED: u64 = 19;
    pub(super) const CRED_BLOB: u64 = 20;
    /// Absent means false, as below.
    pub(super) const LARGE_BLOB_KEY: u64 = 21;
    pub(super) const THIRD_PARTY_PAYMENT: u64 = 22;
}

/// How many fields every record has: `ID` to `NUMBER`.
const REQUIRED: usize = 11;

#[derive(Default)]
struct Fields<'a> {
    id: Option<CredentialId>,
    rp_id_hash: Option<RpIdHash>,
    rp_id: Option<RpId>,
    user: UserEntity,
    algorithm: Option<Algorithm>,
    public_key: Option<&'a [u8]>,
    backend: Option<u8>,
    key: Option<Bytes<MAX_CREDENTIAL_ID>>,
    cred_protect: Option<CredProtect>,
    state: Option<CredentialState>,
    number: Option<u64>,
    created: Option<u64>,
    last_used: Option<u64>,
    host_data: &'a [u8],
    named_only: bool,
    sign_count_reserved: u32,
    extended: Extended,
    newer: bool,
}

impl<'a> Fields<'a> {
    fn take(&mut self, key: u64, value: Value<'a>) -> Option<()> {
        match key {
            field::ID => self.id = Some(Bytes::new(value.bytes().ok()?)?),
            field::RP_ID_HASH => self.rp_id_hash = Some(RpIdHash(value.bytes().ok()?.try_into().ok()?)),
            field::RP_ID => self.rp_id = Some(Text::truncated(value.text().ok()?)),
            field::USER_ID => self.user.id = Bytes::new(value.bytes().ok()?)?,
            field::ALGORITHM => self.algorithm = Some(Algorithm::from_cose_id(value.integer().ok()?)?),
            field::PUBLIC_KEY => self.public_key = Some(value.bytes().ok()?),
            field::BACKEND => self.backend = Some(u8::try_from(value.unsigned().ok()?).ok()?),
            field::KEY => self.key = Some(Bytes::new(value.bytes().ok()?)?),
            field::CRED_PROTECT => self.cred_protect = Some(CredProtect::from_level(value.unsigned().ok()?)?),
            field::STATE => self.state = Some(CredentialState::from_code(value.unsigned().ok()?)?),
            field::NUMBER => self.number = Some(value.unsigned().ok()?),
            field::USER_NAME => self.user.name = Some(Text::truncated(value.text().ok()?)),
            field::USER_DISPLAY_NAME => self.user.display_name = Some(Text::truncated(value.text().ok()?)),
            field::CREATED => self.created = Some(value.unsigned().ok()?),
            field::LAST_USED => self.last_used = Some(value.unsigned().ok()?),
            field::HOST_DATA => self.host_data = value.bytes().ok()?,
            field::DISCOVERABLE => self.named_only = !value.boolean().ok()?,
            field::SIGN_COUNT_RESERVED => {
                self.sign_count_reserved = u32::try_from(value.unsigned().ok()?).ok()?
            }
            field::SEED => self.extended.seed = Bytes::new(value.bytes().ok()?)?,
            field::CRED_BLOB => self.extended.cred_blob = Bytes::new(value.bytes().ok()?)?,
            field::LARGE_BLOB_KEY => self.extended.large_blob_key = value.boolean().ok()?,
            field::THIRD_PARTY_PAYMENT => self.extended.third_party_payment = value.boolean().ok()?,
            _ => self.newer = true,
        }
        Some(())
    }

    fn finish(self) -> Option<(Credential, &'a [u8])> {
        let credential = Credential {
            id: self.id?,
            rp_id_hash: self.rp_id_hash?,
            rp_id: self.rp_id?,
            user: self.user,
            public_key: PublicKey::from_stored(self.algorithm?, self.public_key?)?,
            key: KeyRef { backend: crate::key::Backend(self.backend?), handle: self.key? },
            cred_protect: self.cred_protect?,
            state: self.state?,
            discoverable: !self.named_only,
            newer: self.newer,
            number: self.number?,
            created: self.created,
            last_used: self.last_used,
            sign_count_reserved: self.sign_count_reserved,
            extended: self.extended,
        };
        Some((credential, self.host_data))
    }
}

#[cfg(test)]
mod tests;
