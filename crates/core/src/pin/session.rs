//! What an endpoint keeps in RAM for the PIN/UV auth protocols.

use super::token::Token;

/// In place from power-up on, and never moved: it holds secrets.
pub(crate) struct PinSession {
    pub(crate) token: Token,
    /// How many attempts at its verification the host has said are left, when it said so last.
    pub(crate) verification_left: Option<u8>,
}

impl PinSession {
    pub(crate) const fn new() -> Self {
        Self { token: Token::new(), verification_left: None }
    }

    /// What anyone was authenticated for has ended.
    pub(crate) fn forget(&mut self) {
        self.token.stop();
    }
}
