//! A prompt: polls the button until the person has answered, the client has cancelled, or the time is over.

use crate::board::{Board, Closed};
use crate::device::{receive, send};
use crate::protocol::{Asked, Button, FromDevice, ToDevice};
use crate::world::World;
use authenticator_core::{Ask, CandidateRef, Gesture, NeedsUser, Refusal};
use core::ops::ControlFlow;

/// Asks the person. `Ok` is the answer, a refusal among them.
pub(crate) fn ask(
    needs: &NeedsUser,
    world: &mut World<'_>,
    board: &mut impl Board,
) -> Result<Result<Gesture, Refusal>, Closed> {
    let (ask, given) = match needs.ask() {
        Ask::Presence => (Asked::Presence, Gesture::TOUCH),
        Ask::Verification => (Asked::Verification, Gesture::VERIFIED),
        Ask::Confirmation => (Asked::Confirmation, Gesture::TOUCH),
        Ask::LongTouch => (Asked::LongTouch, Gesture::LONG_TOUCH),
    };
    send(board, &FromDevice::Prompt { ask, candidates: count(needs, world) })?;
    let closes = world.since_boot().saturating_add(needs.timeout());
    loop {
        send(board, &FromDevice::Keepalive)?;
        let mut frame = [0; 8];
        match receive(board, &mut frame)? {
            Some(ToDevice::Button(Button::Nothing(time))) => {
                world.advance(time);
                if world.since_boot() >= closes {
                    return Ok(Err(Refusal::TimedOut));
                }
            }
            Some(ToDevice::Button(Button::Touch)) => return Ok(Ok(Gesture::TOUCH)),
            Some(ToDevice::Button(Button::Hold)) => return Ok(Ok(Gesture::LONG_TOUCH)),
            Some(ToDevice::Button(Button::Verified)) => return Ok(Ok(Gesture::VERIFIED)),
            // A place with nothing in it cannot be chosen: the display goes on showing what there is.
            Some(ToDevice::Button(Button::Choose(place))) => {
                if let Some(candidate) = candidate(needs, world, place) {
                    return Ok(Ok(given.choosing(candidate)));
                }
            }
            Some(ToDevice::Button(Button::Decline)) => return Ok(Err(Refusal::Declined)),
            Some(ToDevice::Button(Button::Cancel)) => return Ok(Err(Refusal::Cancelled)),
            _ => send(board, &FromDevice::Misplaced)?,
        }
    }
}

/// How many candidates a display would list. A store that cannot be read lists none; the core finds that out itself.
fn count(needs: &NeedsUser, world: &mut World<'_>) -> u8 {
    let mut count = 0_u8;
    let _ = needs.candidates(&mut world.context(), None, &mut |_| {
        count = count.saturating_add(1);
        ControlFlow::Continue(())
    });
    count
}

fn candidate(needs: &NeedsUser, world: &mut World<'_>, place: u8) -> Option<CandidateRef> {
    let (mut before, mut found) = (place, None);
    let _ = needs.candidates(&mut world.context(), None, &mut |entry| match before.checked_sub(1) {
        Some(fewer) => {
            before = fewer;
            ControlFlow::Continue(())
        }
        None => {
            found = Some(CandidateRef::Record(entry.record));
            ControlFlow::Break(())
        }
    });
    found
}
