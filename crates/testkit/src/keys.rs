//! A key backend with moods.

use crate::clock::HandClock;
use authenticator_core::Context;
use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
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

/// The software backend behind a script of moods.
#[derive(Clone, Debug)]
pub struct FakeKeys {
    script: VecDeque<Mood>,
    clock: HandClock,
}

impl FakeKeys {
    /// A backend that is willing until told otherwise.
    #[must_use]
    pub const fn new(clock: HandClock) -> Self {
        Self { script: VecDeque::new(), clock }
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
        self.mood().and_then(|()| SoftwareKeys.generate(cx, request))
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        self.mood().and_then(|()| SoftwareKeys.sign(cx, request))
    }
}
