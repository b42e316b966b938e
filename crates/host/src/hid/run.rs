//! The loop around an endpoint, and the thread that commits beside it.

use super::{Endpoint, PromptId, User};
use crate::clock::Clock;
use crate::keys::Keys;
use authenticator_core::store::{ChangeSet, CommitError, Store};
use authenticator_core::{Gesture, Refusal};
use authenticator_transport::ctaphid::Report;
use rand_core::CryptoRng;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};

/// What happens to an endpoint.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<L, S> {
    /// A report has come in on this link.
    Report(L, Report),
    /// This link is gone.
    Unlinked(L),
    /// A prompt was answered.
    Answer(PromptId, Result<Gesture, Refusal>),
    /// What was to be committed was, or was not; the store comes back.
    Committed(S, Result<(), CommitError>),
    /// It is unplugged and plugged in.
    Replug,
    /// It is to stop.
    Unplug,
    /// Nobody commits any more.
    Abandoned,
}

/// A change set, and the store to commit it to.
#[derive(Debug)]
pub struct Job<S> {
    /// The store, which is to come back.
    pub store: S,
    /// What to commit.
    pub changes: Box<ChangeSet>,
}

/// Why the loop has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// [`Input::Unplug`] said so.
    Unplugged,
    /// Nobody is there any more to give it input, or to commit.
    Abandoned,
}

/// Runs the endpoint until it is unplugged. Reports go out by `send`, which is not to wait; jobs go to `jobs`, whose
/// reader answers with [`Input::Committed`] ([`write()`] does). `replug` starts a new boot of the world's clock.
pub fn run<L, S, R, C, U, K>(
    endpoint: &mut Endpoint<L, S, R, C, U, K>,
    inputs: &Receiver<Input<L, S>>,
    jobs: &Sender<Job<S>>,
    mut send: impl FnMut(L, &Report),
    mut replug: impl FnMut(&mut C),
) -> Ended
where
    L: Copy + PartialEq,
    S: Store,
    R: CryptoRng,
    C: Clock,
    U: User,
    K: Keys,
{
    loop {
        while let Some((link, report)) = endpoint.poll_transmit() {
            send(link, &report);
        }
        if let Some(job) = endpoint.poll_commit()
            && jobs.send(job).is_err()
        {
            return Ended::Abandoned;
        }
        let input = match endpoint.poll_timeout() {
            None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => {
                let now = endpoint.world.clock.now().since_boot;
                inputs.recv_timeout(at.saturating_sub(now))
            }
        };
        // Input that keeps coming must not keep the clock waiting.
        endpoint.handle_timeout();
        match input {
            Ok(Input::Report(link, report)) => endpoint.feed(link, &report),
            Ok(Input::Unlinked(link)) => endpoint.unlink(link),
            Ok(Input::Answer(prompt, answer)) => endpoint.answer(prompt, answer),
            Ok(Input::Committed(store, result)) => endpoint.committed(store, result),
            Ok(Input::Replug) => {
                replug(&mut endpoint.world.clock);
                endpoint.power_cycle();
            }
            Ok(Input::Unplug) => return Ended::Unplugged,
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Input::Abandoned) | Err(RecvTimeoutError::Disconnected) => return Ended::Abandoned,
        }
    }
}

/// Does one job after the other, and tells the result of each, until nobody sends or listens any more. It is for a thread of
/// its own: where a store panics, it says so by [`Input::Abandoned`], since the store does not come back.
pub fn write<L, S: Store>(jobs: &Receiver<Job<S>>, results: &SyncSender<Input<L, S>>) {
    let _last = LastWord(results);
    while let Ok(Job { mut store, changes }) = jobs.recv() {
        let result = store.commit(&changes);
        if results.send(Input::Committed(store, result)).is_err() {
            return;
        }
    }
}

/// What is said when a thread dies.
struct LastWord<'a, L, S>(&'a SyncSender<Input<L, S>>);

impl<L, S> Drop for LastWord<'_, L, S> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Nobody may be there to hear it.
            let _ = self.0.send(Input::Abandoned);
        }
    }
}
