//! The backend as the host's drivers take it.

use authenticator_core::Context;
use authenticator_core::key::{Backend, KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::UnwantedKey;
use authenticator_host::Keys;

/// This backend for the drivers of `authenticator-host`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Es384Keys;

impl Keys for Es384Keys {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        crate::generate(cx, request)
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        crate::sign(cx, request)
    }

    /// A key of this backend is in its passkey's record and has ended with it. One of another backend is not its to
    /// destroy.
    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        let ended = match key {
            UnwantedKey::Alias { backend, .. } => *backend == Backend::ES384,
            UnwantedKey::Handle(key) => key.backend == Backend::ES384,
            // Those of the generations before a reset, which nothing opens any more.
            UnwantedKey::AliasSuffix(_) => true,
        };
        if ended { Ok(()) } else { Err(KeyError::Unsupported) }
    }
}
