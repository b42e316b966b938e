//! Who makes and uses keys.

#[cfg(feature = "fast-keys")]
mod fast;

#[cfg(feature = "fast-keys")]
pub use fast::FastKeys;

use authenticator_core::Context;
use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest, software};
use authenticator_core::store::UnwantedKey;

/// A key backend that answers at once. One that waits belongs under the async driver.
pub trait Keys {
    /// Makes a key pair.
    ///
    /// # Errors
    /// [`KeyError`] says why there is none.
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError>;

    /// Signs the request's message.
    ///
    /// # Errors
    /// [`KeyError`] says why there is no signature.
    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError>;

    /// Destroys a key, or all that it stands for. One that is not there, or was never made, is `Ok`: the same key may be
    /// named again after a crash.
    ///
    /// # Errors
    /// [`KeyError`] when it may still be there; it is asked for again.
    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError>;
}

/// The core's software backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftwareKeys;

impl Keys for SoftwareKeys {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        software::generate(cx, request)
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        software::sign(cx, request)
    }

    /// Keys of other backends are not its to destroy, and its own end with their records.
    fn destroy(&mut self, _: &UnwantedKey) -> Result<(), KeyError> {
        Err(KeyError::Unsupported)
    }
}
