//! authenticatorReset (CTAP 2.3 §6.6): a new generation of the store; every credential of the old one is dead.

use super::selection::confirmed;
use crate::commit::Work;
use crate::context::Context;
use crate::error::Error;
use crate::profile::{ConfigCommand, Profile, ResetPolicy, Transport};
use crate::step::{AfterUser, NeedsCommit, NeedsUser, Step};
use crate::user::{Ask, Gesture, Prompt, Refusal};

/// A client's reset.
pub(super) fn begin(cx: &mut Context<'_>) -> Result<Step, Error> {
    let profile = cx.authenticator.profile();
    match profile.reset {
        ResetPolicy::Disabled => return Err(Error::ResetDisabled), // RST-03
        ResetPolicy::Within(window) if !cx.session.within_power_up(window, cx.now) => {
            return Err(Error::ResetWindowClosed); // RST-01
        }
        ResetPolicy::Within(_) | ResetPolicy::Anytime => {}
    }
    if !is_allowed_over(profile, cx.session.transport()) {
        return Err(Error::ResetDisabled); // RST-03
    }
    let (header, standing) = cx.standing()?;
    // RST-04; what was lost asks for nothing that the profile does not know.
    let long =
        standing.settings.long_touch_for_reset && profile.configures(ConfigCommand::EnableLongTouchForReset);
    let how = if long { Ask::LongTouch } else { Ask::Confirmation };
    Ok(Step::NeedsUser(ask(profile, how, header.generation)))
}

/// The host's own reset. Whom it can verify it asks to be verified; one that has failed too often may still reset, as no
/// other way is left.
pub(super) fn begin_for_host(cx: &mut Context<'_>) -> Result<Step, Error> {
    let (header, standing) = cx.standing()?;
    let verifies = standing.verifies() && !standing.is_verification_blocked();
    let how = if verifies { Ask::Verification } else { Ask::Confirmation };
    ask(standing.profile, how, header.generation).begin(cx, &standing)
}

/// Where a profile names transports, an endpoint that has not said over which it is has none of them.
fn is_allowed_over(profile: &Profile, transport: Option<Transport>) -> bool {
    let allowed = profile.transports_for_reset;
    allowed.is_empty() || transport.is_some_and(|transport| allowed.contains(&transport))
}

/// What the user agrees to lose is this generation.
const fn ask(profile: &Profile, ask: Ask, generation: u64) -> NeedsUser {
    let (prompt, timeout) = (Prompt::Reset, profile.user_action_timeout);
    NeedsUser { prompt, ask, timeout, then: AfterUser::Reset { generation } }
}

pub(crate) fn resume(
    cx: &mut Context<'_>,
    ask: Ask,
    answer: Result<Gesture, Refusal>,
    generation: u64,
) -> Result<Step, Error> {
    confirmed(ask, answer)?; // RST-02
    NeedsCommit::begin(cx, Work::Reset { generation })
}

#[cfg(test)]
mod tests;
