//! The options of the two ceremonies, parsed and validated (WebAuthn L3 §5.4, §5.5, JSON forms §5.1.8, §5.1.9).
//!
//! Rules for both: a member nobody knows is ignored; `null` for an optional member is the same as leaving it out; a
//! member of the wrong type is an error that names it; of a repeated member the last one counts, as in a browser.

mod creation;
mod extensions;
mod large_blob;
mod members;
mod prf;
mod request;
mod surrogates;
mod vocabulary;

pub use creation::{AuthenticatorSelection, CreationOptions, RelyingParty, UserEntity};
pub use extensions::{
    AppIdInput, CreationExtensions, CredentialProtection, CredentialProtectionPolicy, ExtensionInputs,
    RequestExtensions,
};
pub use large_blob::{LargeBlobRequest, LargeBlobSupport};
pub use prf::{PrfCreation, PrfRequest, PrfSalts};
pub use request::RequestOptions;
pub use vocabulary::{
    AttestationConveyance, AuthenticatorAttachment, CoseAlgorithm, CredentialDescriptor, Hint, ResidentKey,
    Transport, UserVerification,
};
