//! authenticatorReset (CTAP 2.3 §6.6): a new generation of the store; every credential of the old one is dead.

use super::selection::confirmed;
use crate::commit::Work;
use crate::context::Context;
use crate::error::Error;
use crate::profile::ResetPolicy;
use crate::step::{AfterUser, NeedsCommit, NeedsUser, Step};
use crate::user::{Ask, Gesture, Prompt, Refusal};

pub(super) fn begin(cx: &Context<'_>) -> Result<Step, Error> {
    let profile = cx.authenticator.profile();
    match profile.reset {
        ResetPolicy::Disabled => return Err(Error::ResetDisabled), // RST-03
        ResetPolicy::Within(window) if !cx.session.within_power_up(window, cx.now) => {
            return Err(Error::ResetWindowClosed); // RST-01
        }
        ResetPolicy::Within(_) | ResetPolicy::Anytime => {}
    }
    let (prompt, ask, timeout) = (Prompt::Reset, Ask::Confirmation, profile.user_action_timeout);
    Ok(Step::NeedsUser(NeedsUser { prompt, ask, timeout, then: AfterUser::Reset }))
}

pub(crate) fn resume(
    cx: &mut Context<'_>,
    ask: Ask,
    answer: Result<Gesture, Refusal>,
) -> Result<Step, Error> {
    confirmed(ask, answer)?; // RST-02
    let generation = cx.open()?.generation;
    NeedsCommit::begin(cx, Work::Reset { generation })
}
