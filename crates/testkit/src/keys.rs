//! A key backend with moods.

use crate::clock::HandClock;
use crate::keystore::Keystore;
use authenticator_core::Context;
use authenticator_core::key::{Backend, KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::UnwantedKey;
use authenticator_host::{Keys, SoftwareKeys};
use std::collections::VecDeque;
use std::time::Duration;

/// How the backend takes one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Answers at once.
    Willing,
    /// Answers after this long on the hand clock.
    Slow(Duration),
    /// Does not: refuses, locks out, has lost the key.
    Fails(KeyError),
}

/// The software backend, or a [`Keystore`] where the profile has a backend of the host's, behind a script of moods.
#[derive(Clone, Debug)]
pub struct FakeKeys {
    script: VecDeque<Mood>,
    clock: HandClock,
    /// The device's keystore. Clones share it.
    pub keystore: Keystore,
}

impl FakeKeys {
    /// A backend that is willing until told otherwise.
    #[must_use]
    pub fn new(clock: HandClock) -> Self {
        Self { script: VecDeque::new(), clock, keystore: Keystore::default() }
    }

    /// Queues a mood for a request to come.
    pub fn will(&mut self, mood: Mood) -> &mut Self {
        self.script.push_back(mood);
        self
    }

    fn mood(&mut self) -> Result<(), KeyError> {
        match self.script.pop_front().unwrap_or(Mood::Willing) {
            Mood::Willing => Ok(()),
            Mood::Slow(time) => {
                self.clock.advance(time);
                Ok(())
            }
            Mood::Fails(error) => Err(error),
        }
    }
}

impl Keys for FakeKeys {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        self.mood()?;
        match cx.authenticator.profile().keys.backend {
            Backend::SOFTWARE => SoftwareKeys.generate(cx, request),
            _ => self.keystore.generate(cx, request),
        }
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        self.mood()?;
        match request.key.backend {
            Backend::SOFTWARE => SoftwareKeys.sign(cx, request),
            _ => self.keystore.sign(cx, request),
        }
    }

    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        self.mood()?;
        self.keystore.destroy(key)
    }
}
