//! authenticatorSelection (CTAP 2.3 §6.9): the user shows which authenticator is meant.

use crate::context::Context;
use crate::error::Error;
use crate::reply::Reply;
use crate::step::{AfterUser, NeedsUser, Step};
use crate::user::{Ask, Gesture, Presence, Prompt, Refusal, Verification};

pub(super) fn begin(cx: &Context<'_>) -> Step {
    let timeout = cx.authenticator.profile().user_action_timeout;
    let (prompt, ask) = (Prompt::Selection, Ask::Confirmation);
    Step::NeedsUser(NeedsUser { prompt, ask, timeout, then: AfterUser::Selection })
}

pub(crate) fn resume(ask: Ask, answer: Result<Gesture, Refusal>) -> Result<Step, Error> {
    confirmed(ask, answer)?;
    Ok(Step::success(Reply::Empty))
}

/// What was asked for, for commands that belong to no site.
pub(super) fn confirmed(ask: Ask, answer: Result<Gesture, Refusal>) -> Result<(), Error> {
    let gesture = answer.map_err(|refusal| Error::Refused(refusal, ask))?;
    let there = gesture.presence != Presence::No;
    let given = match ask {
        Ask::Presence | Ask::Confirmation => there,
        Ask::LongTouch => gesture.presence == Presence::Held, // RST-04
        Ask::Verification => there && gesture.verification != Verification::No,
    };
    if given { Ok(()) } else { Err(Error::Unproven(ask)) }
}
