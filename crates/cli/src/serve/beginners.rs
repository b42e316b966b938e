//! Whoever has connected and not begun yet as a client does. They have so long, and there may be so many: beyond that the
//! oldest is hung up on, so that strangers who say nothing keep nobody out.

use super::listening::{HangUp, Stream, hang_up};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// How long they may take in all.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

/// How many there may be at a time: each has a thread.
const MOST_BEGINNERS: usize = 64;

/// Those at one place.
#[derive(Clone, Default)]
pub(super) struct Beginners(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    last: u64,
    known: BTreeMap<u64, HangUp>,
}

/// A stream that is one of them, until it has [`begun`](Self::begun) or is dropped.
pub(super) struct Beginner<T> {
    stream: T,
    number: u64,
    others: Beginners,
    until: Option<Instant>,
}

impl Beginners {
    /// Lets `serve` have this stream, in a thread of its own. Without one there is no client.
    pub(super) fn take<T: Stream>(&self, stream: T, serve: impl FnOnce(Beginner<T>) + Send + 'static) {
        let Ok(hang_up) = hang_up(&stream) else { return };
        let mut beginners = self.lock();
        beginners.last = beginners.last.wrapping_add(1);
        let number = beginners.last;
        if beginners.known.len() >= MOST_BEGINNERS
            && let Some((_, hang_up)) = beginners.known.pop_first()
        {
            hang_up();
        }
        beginners.known.insert(number, hang_up);
        drop(beginners);
        let until = Instant::now().checked_add(BEGINS_WITHIN);
        let beginner = Beginner { stream, number, others: self.clone(), until };
        // What was to run is dropped where it cannot, and the stream with it.
        let _ = Builder::new().spawn(move || serve(beginner));
    }

    /// Hangs up on all of them.
    pub(super) fn close(&self) {
        self.lock().known.values().for_each(|hang_up| hang_up());
    }

    /// What is in it holds whatever has panicked.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Stream> Beginner<T> {
    pub(super) const fn stream(&self) -> &T {
        &self.stream
    }

    /// It has begun as it should, and may take its time.
    pub(super) fn begun(&mut self) -> io::Result<()> {
        self.leave();
        self.until = None;
        self.stream.patience(None)
    }
}

impl<T> Beginner<T> {
    fn leave(&self) {
        self.others.lock().known.remove(&self.number);
    }
}

impl<T: Stream> Read for Beginner<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(until) = self.until {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.patience(Some(left))?;
        }
        self.stream.read(buffer)
    }
}

impl<T> Drop for Beginner<T> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests;
