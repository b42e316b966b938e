//! A security key at the end of a bus: CTAPHID on one side, a [`World`](crate::World) on the other.
//!
//! [`Endpoint`] does not wait for anything: reports, answers of a person and results of commits go in as they come, reports
//! and change sets come out, each with the store to commit it to. So a client hears its keepalives, and its cancel is answered in the same turn, while a person
//! thinks and a disk writes. [`run`] is the loop around it for a host with threads, and [`write()`] the thread beside it that
//! commits.

mod endpoint;
mod lent;
mod run;

pub use endpoint::Endpoint;
pub use run::{Ended, Input, Job, run, write};

use authenticator_core::{Context, Gesture, NeedsUser, Now, Refusal};
use authenticator_transport::ctaphid::ChannelId;

/// Which prompt an answer is for. No two prompts of an endpoint have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptId(pub u64);

/// Why a prompt is to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// The client has given up.
    Cancelled,
    /// Nobody answered in time.
    TimedOut,
    /// The power has gone.
    Unplugged,
}

/// Whoever answers prompts, in their own time.
pub trait User {
    /// Shows the step's prompt. An answer that is there already is returned; any other comes by [`Endpoint::answer`]. The
    /// context is for [`NeedsUser::candidates`].
    fn ask(
        &mut self,
        prompt: PromptId,
        step: &NeedsUser,
        cx: &mut Context<'_>,
    ) -> Option<Result<Gesture, Refusal>>;

    /// Takes the prompt away: an answer would come too late.
    fn withdraw(&mut self, prompt: PromptId, why: Withdrawn);

    /// A client wants its user to see which device this is.
    fn wink(&mut self);
}

/// Whoever looks on at what clients ask and how they are answered, such as a log. Each call delays the endpoint.
pub trait Witness {
    /// A client asks this: a command byte, and its parameters.
    fn asked(&mut self, channel: ChannelId, request: &[u8], now: Now);

    /// It is answered so: a status byte, and what comes with it.
    fn answered(&mut self, channel: ChannelId, reply: &[u8], now: Now);

    /// It is not answered any more: it has begun anew, or is gone, or the power is.
    fn abandoned(&mut self, channel: ChannelId, now: Now);
}
