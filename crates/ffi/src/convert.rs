//! Between the core's types and plain data.

use crate::data::{
    Ask, Candidate, ClientData, KeyAnswer, KeyProblem, KeyRequest, Page, Prompt, Refusal, SignatureAnswer,
    SignatureRequest, User, UserAnswer,
};
use crate::misuse::{ArgumentProblem, Misuse};
use authenticator_core::credential::UserEntity;
use authenticator_core::key::{Backend, KeyError, KeyRef, NewKey, Signature};
use authenticator_core::store::{Entry, RecordId};
use authenticator_core::{
    Bytes, CandidateRef, Context, Error, Gesture, NeedsUser, PublicKey, Refusal as CoreRefusal,
};
use authenticator_provider::Notes;
use authenticator_webauthn::{Caller, ClientDataSource, Origin, PublicKey as SpkiKey};
use std::ops::ControlFlow;

/// The app's own key backend. The core leaves the numbers from 1 on to hosts; one app has one key store.
pub(crate) const HOST_BACKEND: Backend = Backend(1);

/// How many passkeys a page has at most.
pub(crate) const PAGE: usize = 32;

impl ClientData {
    pub(crate) fn source(&self) -> Result<ClientDataSource, Misuse> {
        let hash = |bytes: &[u8]| bytes.try_into().map_err(|_| ArgumentProblem::HashLength);
        Ok(match self {
            Self::Build => ClientDataSource::Build,
            Self::HashOnly { hash: bytes } => ClientDataSource::HashOnly(hash(bytes)?),
            Self::HashWithPlaceholder { hash: bytes } => ClientDataSource::HashWithPlaceholder(hash(bytes)?),
        })
    }
}

pub(crate) fn caller(caller: &crate::data::Caller) -> Result<Caller, authenticator_webauthn::Error> {
    Ok(match caller {
        crate::data::Caller::App { origin, package_name } => {
            Caller::App { origin: Origin::parse(origin)?, package_name: package_name.clone() }
        }
        crate::data::Caller::Web { origin, top_origin, cross_origin } => Caller::Web {
            origin: Origin::parse(origin)?,
            top_origin: top_origin.as_deref().map(Origin::parse).transpose()?,
            cross_origin: *cross_origin,
        },
    })
}

pub(crate) fn record(bytes: &[u8]) -> Result<RecordId, Misuse> {
    bytes.try_into().map(RecordId).map_err(|_| ArgumentProblem::RecordLength.into())
}

impl Prompt {
    /// `None`: a prompt that no ceremony has.
    pub(crate) fn of(prompt: &authenticator_core::Prompt) -> Option<Self> {
        use authenticator_core::Prompt as Core;
        Some(match prompt {
            Core::Register { rp_id, user } => {
                Self::Register { rp_id: rp_id.as_str().to_owned(), user: User::of(user) }
            }
            Core::Excluded { rp_id } => Self::Excluded { rp_id: rp_id.as_str().to_owned() },
            Core::SignIn { rp_id } => Self::SignIn { rp_id: rp_id.as_str().to_owned() },
            _ => return None,
        })
    }
}

impl Ask {
    pub(crate) const fn of(ask: authenticator_core::Ask) -> Self {
        match ask {
            authenticator_core::Ask::Verification => Self::Verification,
            // No ceremony asks for what comes after presence here.
            authenticator_core::Ask::Presence
            | authenticator_core::Ask::Confirmation
            | authenticator_core::Ask::LongTouch => Self::Presence,
        }
    }
}

impl User {
    pub(crate) fn of(user: &UserEntity) -> Self {
        Self {
            id: user.id.as_slice().to_vec(),
            name: user.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            display_name: user.display_name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

impl Candidate {
    fn of(entry: &Entry<'_>) -> Self {
        let credential = entry.credential;
        let label = match Notes::read(entry.host_data.0) {
            Notes::Known { label } => label.map(|label| label.as_str().to_owned()),
            _ => None,
        };
        let held_by_host = credential.key.backend == HOST_BACKEND;
        Self {
            record: entry.record.0.to_vec(),
            user: User::of(&credential.user),
            label,
            created: credential.created,
            last_used: credential.last_used,
            key_handle: held_by_host.then(|| credential.key.handle.as_slice().to_vec()),
        }
    }
}

impl Page {
    /// The candidates whose number is below `before`, or the first ones.
    pub(crate) fn read(needs: &NeedsUser, cx: &mut Context<'_>, before: Option<u64>) -> Result<Self, Error> {
        let (mut candidates, mut last, mut next) = (Vec::new(), None, None);
        needs.candidates(cx, before, &mut |entry| {
            if candidates.len() == PAGE {
                next = last;
                return ControlFlow::Break(());
            }
            last = Some(entry.credential.number);
            candidates.push(Candidate::of(entry));
            ControlFlow::Continue(())
        })?;
        Ok(Self { candidates, next })
    }
}

impl UserAnswer {
    pub(crate) fn into_core(self) -> Result<Result<Gesture, CoreRefusal>, Misuse> {
        Ok(match self {
            Self::Approved { verified, chosen } => {
                let gesture = if verified { Gesture::VERIFIED } else { Gesture::TOUCH };
                let chosen = chosen.as_deref().map(record).transpose()?;
                Ok(Gesture { chosen: chosen.map(CandidateRef::Record), ..gesture })
            }
            Self::Refused { refusal } => Err(match refusal {
                Refusal::Declined => CoreRefusal::Declined,
                Refusal::TimedOut => CoreRefusal::TimedOut,
                Refusal::VerificationFailed { left } => CoreRefusal::VerificationFailed { left },
                Refusal::LockedOut => CoreRefusal::LockedOut { until: None },
                Refusal::Unavailable => CoreRefusal::Unavailable,
            }),
        })
    }
}

impl KeyProblem {
    const fn into_core(self) -> KeyError {
        match self {
            Self::Missing => KeyError::Missing,
            Self::Invalidated => KeyError::Invalidated,
            Self::LockedOut => KeyError::LockedOut,
            Self::Refused => KeyError::Refused,
            Self::Unsupported => KeyError::Unsupported,
            Self::Failed => KeyError::Failed,
        }
    }
}

impl KeyRequest {
    pub(crate) fn of(request: &authenticator_core::key::KeyRequest) -> Self {
        Self {
            algorithm: request.algorithm.cose_id(),
            alias: request.alias.to_vec(),
            rp_id_hash: request.rp_id_hash.0.to_vec(),
            challenge: request.challenge.0.to_vec(),
        }
    }
}

impl KeyAnswer {
    pub(crate) fn into_core(self) -> Result<Result<NewKey, KeyError>, Misuse> {
        match self {
            Self::NotMade { problem } => Ok(Err(problem.into_core())),
            Self::Made { public_key, key_handle } => {
                let public = public_key_of(&public_key).ok_or(ArgumentProblem::PublicKey)?;
                let handle = Bytes::new(&key_handle)
                    .filter(|_| !key_handle.is_empty())
                    .ok_or(ArgumentProblem::KeyHandleLength)?;
                Ok(Ok(NewKey { public, key: KeyRef { backend: HOST_BACKEND, handle } }))
            }
        }
    }
}

fn public_key_of(info: &[u8]) -> Option<PublicKey> {
    Some(match SpkiKey::from_spki_der(info)? {
        SpkiKey::Es256 { x, y } => PublicKey::P256 { x, y },
        SpkiKey::Es384 { x, y } => PublicKey::P384 { x, y },
        SpkiKey::Ed25519(key) => PublicKey::Ed25519(key),
        // A kind that is newer than this table.
        _ => return None,
    })
}

impl SignatureRequest {
    pub(crate) fn of(request: &authenticator_core::key::SignatureRequest) -> Self {
        let [authenticator_data, client_data_hash] = request.message();
        Self {
            key_handle: request.key.handle.as_slice().to_vec(),
            algorithm: request.algorithm.cose_id(),
            authenticator_data: authenticator_data.to_vec(),
            client_data_hash: client_data_hash.to_vec(),
        }
    }
}

impl SignatureAnswer {
    pub(crate) fn into_core(self) -> Result<Result<Signature, KeyError>, Misuse> {
        match self {
            Self::NotSigned { problem } => Ok(Err(problem.into_core())),
            Self::Signed { signature } => Signature::new(&signature)
                .filter(|_| !signature.is_empty())
                .map(Ok)
                .ok_or_else(|| ArgumentProblem::SignatureLength.into()),
        }
    }
}

#[cfg(test)]
mod tests;
