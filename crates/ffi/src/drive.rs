//! Answers the steps that are not the app's business: commits, and keys of the software backend.

use crate::authenticator::Device;
use crate::convert::HOST_BACKEND;
use crate::data::StepKind;
use authenticator_core::key::{Backend, KeyError, KeyUse, software};
use authenticator_core::store::Store;
use authenticator_core::{Done, NeedsKeypair, NeedsSignature, NeedsUser, Step};

/// A step that the app answers.
pub(crate) enum Paused {
    User(NeedsUser),
    Keypair(NeedsKeypair),
    Signature(NeedsSignature),
}

impl Paused {
    pub(crate) const fn kind(&self) -> StepKind {
        match self {
            Self::User(_) => StepKind::User,
            Self::Keypair(_) => StepKind::Keypair,
            Self::Signature(_) => StepKind::Signature,
        }
    }
}

/// Goes on until the app is needed or the command has ended.
pub(crate) fn drive(device: &mut Device, mut step: Step) -> Result<Paused, Box<Done>> {
    let ours = device.authenticator.profile().keys.backend;
    loop {
        step = match step {
            Step::NeedsUser(needs) => return Ok(Paused::User(needs)),
            Step::NeedsKeypair(needs) => match (ours, needs.request().key_use) {
                (Backend::SOFTWARE, _) => {
                    let made = software::generate(&mut device.context(), needs.request());
                    needs.resume(&mut device.context(), made)
                }
                (_, KeyUse::Record) => return Ok(Paused::Keypair(needs)),
                // Only the software backend can put a key into a credential id.
                (_, KeyUse::CredentialId { .. }) => {
                    needs.resume(&mut device.context(), Err(KeyError::Unsupported))
                }
            },
            Step::NeedsSignature(needs) => match needs.request().key.backend {
                Backend::SOFTWARE => {
                    let signed = software::sign(&mut device.context(), needs.request());
                    needs.resume(&mut device.context(), signed)
                }
                HOST_BACKEND if ours == HOST_BACKEND => return Ok(Paused::Signature(needs)),
                _ => needs.resume(&mut device.context(), Err(KeyError::Missing)),
            },
            Step::NeedsCommit(needs) => {
                let committed =
                    needs.change_set(&device.session).and_then(|changes| device.store.commit(changes));
                needs.resume(&mut device.context(), committed)
            }
            Step::Done(done) => return Err(Box::new(done)),
        };
    }
}
