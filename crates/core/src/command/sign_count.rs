//! Signature counters (AD-07): none by default; or one for each credential, reserved some values at a time.
//!
//! Values are reserved by a `Guard` before one of them is signed, so that no signature waits for a commit of its own and no
//! value is ever signed twice. What was reserved and not used is skipped when the session ends.

use super::get_assertion::{Assert, Selected};
use crate::commit::{Work, own};
use crate::context::Context;
use crate::error::Error;
use crate::profile::SignCount;
use crate::session::Remembered;
use crate::step::{NeedsCommit, Step};
use crate::store::{CommitId, CommitKind, RecordId};

/// How many values a credential's counter is reserved by at once.
const OF_A_CREDENTIAL: u16 = 16;

/// How many the counter shared by all credentials without a record is reserved by: it serves them all.
const SHARED: u16 = 256;

/// Whose counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// That of the credential in this record.
    Credential(RecordId),
    /// That of all credentials without a record.
    Shared,
}

/// A counter as the store has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counter {
    pub(crate) whose: Whose,
    /// The highest value that has been reserved.
    pub(crate) reserved: u32,
}

/// Values that this session may sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reserve {
    whose: Whose,
    last: u32,
    /// How many of them have not been signed yet.
    left: u16,
}

impl Reserve {
    pub(crate) const fn whose(&self) -> Whose {
        self.whose
    }

    /// The next value, if there is one left.
    fn take(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        Some(self.last.saturating_sub(u32::from(self.left)))
    }

    /// Values after `reserved`: `count`, or as many as there are before the counter ends, which it does not outlive.
    fn after(whose: Whose, reserved: u32, count: u16) -> Result<Self, Error> {
        let last = reserved.saturating_add(u32::from(count));
        // No more than `count`, which fits.
        match u16::try_from(last.saturating_sub(reserved)).unwrap_or(count) {
            0 => Err(Error::CounterEnded),
            left => Ok(Self { whose, last, left }),
        }
    }

    /// Whether it still is the newest of its counter: another session that has reserved since signs higher values.
    fn is_newest(&self, counter: Counter) -> bool {
        self.whose == counter.whose && self.last == counter.reserved
    }
}

/// What an assertion carries as its counter.
pub(super) enum Count {
    /// This value.
    Value(u32),
    /// None before more of this counter are reserved.
    NotReserved(Whose),
}

/// Takes the value for an assertion. One without user presence never counts and carries 0: no site takes it for a sign-in,
/// and any other value would have to be reserved.
pub(super) fn take(cx: &mut Context<'_>, selected: &Selected, present: bool) -> Result<Count, Error> {
    if !present || cx.authenticator.profile().sign_count == SignCount::Zero {
        return Ok(Count::Value(0));
    }
    let counter = selected.counter(cx)?;
    let reserve = cx.session.reserves().iter_mut().flatten().find(|reserve| reserve.is_newest(counter));
    let value = reserve.and_then(|reserve| reserve.take());
    Ok(value.map_or(Count::NotReserved(counter.whose), Count::Value))
}

/// Reserves values for what goes on afterwards.
#[derive(Debug)]
pub(crate) struct ReserveCounter {
    whose: Whose,
    /// The values that the change set reserves.
    reserve: Option<Reserve>,
    then: Then,
}

/// The assertion that needs them.
#[derive(Debug)]
pub(super) enum Then {
    GetAssertion(Assert),
    GetNextAssertion(Remembered),
}

impl ReserveCounter {
    /// Kept out of its callers' frames: they are the deepest there are, and most never come here.
    #[inline(never)]
    pub(super) fn begin(cx: &mut Context<'_>, whose: Whose, then: Then) -> Result<Step, Error> {
        NeedsCommit::begin(cx, Work::ReserveCounter(Self { whose, reserve: None, then }))
    }

    pub(crate) fn build(&mut self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        self.reserve = Some(match self.whose {
            Whose::Credential(record) => of_a_credential(cx, id, record)?,
            Whose::Shared => shared(cx, id)?,
        });
        Ok(())
    }

    /// The values are this session's, and the assertion goes on.
    pub(crate) fn committed(self, cx: &mut Context<'_>) -> Step {
        if let Some(reserve) = self.reserve {
            cx.session.adopt_reserve(reserve);
        }
        Step::from_result(match self.then {
            Then::GetAssertion(assert) => assert.go_on(cx),
            Then::GetNextAssertion(remembered) => super::get_next_assertion::go_on(cx, remembered),
        })
    }
}

fn of_a_credential(cx: &mut Context<'_>, id: CommitId, record: RecordId) -> Result<Reserve, Error> {
    let header = cx.open()?;
    let (version, mut credential, host_data) = own(&cx.opened_vault(header.generation)?, record)?;
    let whose = Whose::Credential(record);
    let reserve = Reserve::after(whose, credential.sign_count_reserved, OF_A_CREDENTIAL)?;
    credential.sign_count_reserved = reserve.last;
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Guard, id, header)?;
    draft.put_credential(record, version, &credential, &host_data)?;
    draft.finish(device)?;
    Ok(reserve)
}

fn shared(cx: &mut Context<'_>, id: CommitId) -> Result<Reserve, Error> {
    let mut header = cx.open()?;
    let reserve = Reserve::after(Whose::Shared, header.shared_counter, SHARED)?;
    header.shared_counter = reserve.last;
    let device = &cx.authenticator.device;
    cx.draft(CommitKind::Guard, id, header)?.finish(device)?;
    Ok(reserve)
}

#[cfg(test)]
mod tests;
