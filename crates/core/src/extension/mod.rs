//! The extensions: what a request asks of them, and what they answer (CTAP 2.3 §12).
//!
//! One file each: what it takes, what it does, what it puts out. Which of them an authenticator has the capability table says;
//! what is asked of another is passed over (MC-24). They are worked out once the user has agreed (EXT-04), but for what is
//! wrong with the request itself.

mod cred_blob;
mod cred_protect;
pub(crate) mod hmac_secret;
mod large_blob;
mod large_blob_key;
mod min_pin_length;
mod output;
mod pin_complexity_policy;
mod third_party_payment;

pub use cred_blob::MAX_CRED_BLOB;
pub use hmac_secret::{HmacSecrets, PlainSalts, Salts, SealedSalts};
pub use large_blob::{LargeBlobRequest, LargeBlobSupport};
pub(crate) use large_blob::{
    LargeBlobUse, at_sign_in as large_blob_use, check_assertion as check_large_blob,
};
pub(crate) use large_blob_key::derive as large_blob_key;
pub(crate) use output::{Output, Outputs};

use crate::bounded::Bytes;
use crate::context::Context;
use crate::credential::{CredBlob, CredProtect, RpIdHash, Seed};
use crate::error::Error;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::standing::Standing;
use core::fmt;
use hmac_secret::{SealedSecrets, Wanted};

/// What a registration asks of the extensions.
#[derive(Clone, Copy, Default)]
pub struct RegistrationExtensions<'a> {
    /// credProtect: the level.
    pub cred_protect: Option<CredProtect>,
    /// credBlob: what to store.
    pub cred_blob: Option<&'a [u8]>,
    /// hmac-secret: whether there are to be secrets. There always are; this asks for the word.
    pub hmac_secret: bool,
    /// hmac-secret-mc: what secrets are wanted for at once.
    pub hmac_secret_mc: Option<Salts<'a>>,
    /// largeBlob: whether there is to be one.
    pub large_blob: Option<LargeBlobSupport>,
    /// largeBlobKey; anything but true is an error (LBK-01).
    pub large_blob_key: Option<bool>,
    /// minPinLength: whether it is asked for.
    pub min_pin_length: bool,
    /// pinComplexityPolicy: whether it is asked for.
    pub pin_complexity_policy: bool,
    /// thirdPartyPayment: whether other sites may use the credential to pay.
    pub third_party_payment: bool,
}

/// What a sign-in asks of the extensions.
#[derive(Clone, Copy, Default)]
pub struct AssertionExtensions<'a> {
    /// credBlob: whether it is asked for.
    pub cred_blob: bool,
    /// hmac-secret: what secrets are wanted for.
    pub hmac_secret: Option<Salts<'a>>,
    /// largeBlob: what is to be done with it.
    pub large_blob: Option<LargeBlobRequest<'a>>,
    /// largeBlobKey; anything but true is an error (LBK-02).
    pub large_blob_key: Option<bool>,
    /// thirdPartyPayment: whether it is asked for.
    pub third_party_payment: bool,
}

impl fmt::Debug for RegistrationExtensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistrationExtensions").finish_non_exhaustive()
    }
}

impl fmt::Debug for AssertionExtensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionExtensions").finish_non_exhaustive()
    }
}

/// What the extensions of a registration under way are to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registering {
    cred_blob: Option<bool>,
    cred_protect: Option<CredProtect>,
    hmac_secret: bool,
    pub(crate) salts: Wanted,
    large_blob: Option<bool>,
    large_blob_key: bool,
    min_pin_length: Option<u8>,
    pin_complexity_policy: Option<bool>,
    third_party_payment: bool,
}

impl Registering {
    /// Reads the inputs. What is wrong with salts is only said once the user has agreed.
    pub(crate) fn begin(
        cx: &mut Context<'_>,
        standing: &Standing<'_>,
        asked: &RegistrationExtensions<'_>,
        rp_id_hash: &RpIdHash,
        discoverable: bool,
    ) -> Result<Self, Error> {
        let profile = standing.profile;
        Ok(Self {
            cred_blob: cred_blob::registration(profile, asked, discoverable),
            cred_protect: asked.cred_protect,
            hmac_secret: hmac_secret::registration(profile, asked)?,
            salts: hmac_secret::at_registration(cx, standing, asked),
            large_blob: large_blob::registration(profile, asked, discoverable)?,
            large_blob_key: large_blob_key::registration(profile, asked, discoverable)?,
            min_pin_length: min_pin_length::registration(standing, asked, rp_id_hash),
            pin_complexity_policy: pin_complexity_policy::registration(standing, asked, rp_id_hash),
            third_party_payment: third_party_payment::registration(profile, asked),
        })
    }

    /// What credBlob is to store; empty: nothing.
    pub(crate) fn cred_blob(&self, asked: &RegistrationExtensions<'_>) -> CredBlob {
        let stored = asked.cred_blob.filter(|_| self.cred_blob == Some(true));
        stored.and_then(Bytes::new).unwrap_or_default()
    }

    /// What is to be left with the credential. Its seed is drawn with its id.
    pub(crate) fn left_with_credential(&self, cred_blob: CredBlob) -> Extended {
        Extended {
            seed: Seed::default(),
            cred_blob,
            large_blob_key: self.large_blob_key,
            third_party_payment: self.third_party_payment,
        }
    }

    /// The level of protection.
    pub(crate) fn cred_protect(&self) -> CredProtect {
        self.cred_protect.unwrap_or_default()
    }

    /// Whether other sites may use the credential to pay.
    pub(crate) const fn third_party_payment(&self) -> bool {
        self.third_party_payment
    }

    /// What goes into the authenticator data, in canonical order (EXT-02). `secrets` is what hmac-secret-mc puts out.
    pub(crate) fn outputs<'a>(&self, secrets: &'a SealedSecrets) -> Outputs<'a> {
        let mut outputs = Outputs::none();
        outputs.add(cred_blob::NAME, self.cred_blob.map(Output::Flag));
        outputs.add(cred_protect::NAME, self.cred_protect.map(cred_protect::output));
        outputs.add(hmac_secret::NAME, self.hmac_secret.then_some(Output::Flag(true)));
        outputs.add(min_pin_length::NAME, self.min_pin_length.map(Output::Number));
        outputs.add(hmac_secret::AT_REGISTRATION, Output::of_bytes(secrets.as_slice()));
        outputs.add(pin_complexity_policy::NAME, self.pin_complexity_policy.map(Output::Flag));
        outputs
    }

    /// What the reply is to have beside the authenticator data.
    pub(crate) fn beside(&self, seed: &Seed, verified: bool) -> Beside {
        Beside {
            supports_large_blob: self.large_blob,
            large_blob: LargeBlobUse::None,
            large_blob_key: self.large_blob_key,
            salts: self.salts,
            seed: seed.clone(),
            verified,
        }
    }
}

/// What the extensions of a sign-in under way are to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asserting {
    cred_blob: bool,
    pub(crate) salts: Wanted,
    /// What is to be written the first assertion alone knows: a series writes nothing.
    reads_large_blob: bool,
    large_blob_key: bool,
    third_party_payment: bool,
}

impl Asserting {
    /// Nothing.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self {
        cred_blob: false,
        salts: Wanted::NONE,
        reads_large_blob: false,
        large_blob_key: false,
        third_party_payment: false,
    };

    /// Reads the inputs. What is wrong with salts is only said once the user has agreed.
    pub(crate) fn begin(
        cx: &mut Context<'_>,
        standing: &Standing<'_>,
        asked: &AssertionExtensions<'_>,
        up: bool,
    ) -> Self {
        Self {
            cred_blob: asked.cred_blob && standing.profile.has_cred_blobs(),
            salts: hmac_secret::at_sign_in(cx, standing, asked, up),
            reads_large_blob: large_blob::is_read(standing.profile, asked),
            large_blob_key: asked.large_blob_key.is_some() && standing.profile.has_large_blob_array(),
            third_party_payment: asked.third_party_payment && standing.profile.third_party_payment,
        }
    }

    /// What goes into the authenticator data, in canonical order (EXT-02). `secrets` is what hmac-secret puts out.
    pub(crate) fn outputs<'a>(&self, of: &'a Extended, secrets: &'a SealedSecrets) -> Outputs<'a> {
        let mut outputs = Outputs::none();
        outputs.add(cred_blob::NAME, self.cred_blob.then(|| Output::Bytes(of.cred_blob.as_slice())));
        outputs.add(hmac_secret::NAME, Output::of_bytes(secrets.as_slice()));
        let payment = self.third_party_payment.then_some(Output::Flag(of.third_party_payment));
        outputs.add(third_party_payment::NAME, payment);
        outputs
    }

    /// What the reply is to have beside the authenticator data.
    pub(crate) fn beside(&self, of: &Extended, verified: bool) -> Beside {
        let large_blob_key = self.large_blob_key && of.large_blob_key;
        Beside {
            supports_large_blob: None,
            large_blob: if self.reads_large_blob { LargeBlobUse::Read } else { LargeBlobUse::None },
            large_blob_key,
            salts: self.salts,
            seed: of.seed.clone(),
            verified,
        }
    }
}

/// Refuses what no sign-in may ask of the extensions.
pub(crate) fn check_assertion(profile: &Profile, asked: &AssertionExtensions<'_>) -> Result<(), Error> {
    large_blob_key::check_assertion(profile, asked)
}

/// What the extensions have left with a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extended {
    /// What the credential's secrets derive from together with the keys of the store, so that they are gone once the record
    /// is; without those keys it is of no use. Empty where there is no record, and in records of before there were seeds.
    pub(crate) seed: Seed,
    pub(crate) cred_blob: CredBlob,
    /// Whether the credential was promised a large blob's key.
    pub(crate) large_blob_key: bool,
    pub(crate) third_party_payment: bool,
}

/// A credential's secrets derive from this, beside the keys of the store.
#[derive(Clone, Copy)]
pub(crate) struct Derivation<'a> {
    pub(crate) credential_id: &'a [u8],
    pub(crate) seed: &'a Seed,
}

/// What a reply is to have beside its authenticator data.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// Whether a new credential can have a large blob, where that was asked.
    pub(crate) supports_large_blob: Option<bool>,
    pub(crate) large_blob: LargeBlobUse,
    large_blob_key: bool,
    salts: Wanted,
    seed: Seed,
    verified: bool,
}

impl Beside {
    /// The key of the credential's large blob, if the reply is to have it.
    pub(crate) fn large_blob_key(
        &self,
        cx: &Context<'_>,
        credential_id: &[u8],
    ) -> Result<Option<Secret<32>>, Error> {
        if !self.large_blob_key {
            return Ok(None);
        }
        let keys = cx.session.keys().ok_or(Error::StoreReset)?;
        Ok(Some(large_blob_key(keys, Derivation { credential_id, seed: &self.seed })))
    }

    /// The credential's secrets, where the host is its own client.
    pub(crate) fn secrets(
        &self,
        cx: &Context<'_>,
        credential_id: &[u8],
    ) -> Result<Option<HmacSecrets>, Error> {
        let keys = cx.session.keys().ok_or(Error::StoreReset)?;
        let of = Derivation { credential_id, seed: &self.seed };
        self.salts.plain(&cx.session.salts, keys, of, self.verified)
    }
}
