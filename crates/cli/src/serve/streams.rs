//! TCP and Unix sockets: the same reports, one after the other.
//!
//! A web page can make a browser send bytes to any port of this machine, but not choose how they begin. So a stream that does
//! not begin as a client of CTAPHID does, by asking for a channel, is closed unanswered.

use super::beginners::{Beginner, Beginners};
use super::links::{Input, Link};
use super::listening::{HangUp, Stream, hang_up};
use authenticator_transport::ctaphid::{REPORT_SIZE, Report};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

/// How many reports may wait for a client to read them: the longest message is 129.
const UNREAD: usize = 512;

/// How many streams there may be at a time.
const MOST_STREAMS: usize = 64;

/// INIT on the broadcast channel, with a nonce of eight bytes.
const BEGINNING: [u8; 7] = [0xFF, 0xFF, 0xFF, 0xFF, 0x86, 0x00, 0x08];

/// The streams, and what each is still to send. One is here as long as it is read.
#[derive(Clone, Default)]
pub(super) struct Streams {
    beginners: Beginners,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    last: u64,
    open: HashMap<u64, Open>,
}

struct Open {
    reports: SyncSender<Report>,
    hang_up: HangUp,
}

impl Streams {
    /// Takes a stream in, which has two threads: one reads, one writes.
    pub(super) fn accept<T: Stream>(&self, stream: T, inputs: &SyncSender<Input>) {
        let (streams, inputs) = (self.clone(), inputs.clone());
        self.beginners.take(stream, move |beginner| {
            // However it ends, it is gone.
            let _ = streams.serve(beginner, &inputs);
        });
    }

    /// Serves it until it ends, or does not begin as it should, or nobody wants to know any more.
    fn serve<T: Stream>(&self, mut stream: Beginner<T>, inputs: &SyncSender<Input>) -> io::Result<()> {
        let mut report: Report = [0; REPORT_SIZE];
        stream.read_exact(&mut report)?;
        if !report.starts_with(&BEGINNING) {
            stream.stream().hang_up();
            return Ok(());
        }
        stream.begun()?;
        let Some(number) = self.add(stream.stream())? else { return Ok(()) };
        let link = Link::Stream(number);
        while inputs.send(Input::Report(link, report)).is_ok() && stream.read_exact(&mut report).is_ok() {}
        self.remove(number);
        let _ = inputs.send(Input::Unlinked(link));
        Ok(())
    }

    /// A number for a stream, which is written to from now on; `None` when there are too many.
    fn add<T: Stream>(&self, stream: &T) -> io::Result<Option<u64>> {
        let (writer, hang_up) = (stream.twin()?, hang_up(stream)?);
        let (reports, unsent) = sync_channel(UNREAD);
        let mut streams = self.lock();
        if streams.open.len() >= MOST_STREAMS {
            hang_up();
            return Ok(None);
        }
        Builder::new().spawn(move || write(writer, &unsent))?;
        streams.last = streams.last.wrapping_add(1);
        let number = streams.last;
        streams.open.insert(number, Open { reports, hang_up });
        Ok(Some(number))
    }

    fn remove(&self, number: u64) {
        if let Some(open) = self.lock().open.remove(&number) {
            (open.hang_up)();
        }
    }

    /// Hangs up on all of them.
    pub(super) fn clear(&self) {
        self.beginners.close();
        self.lock().open.values().for_each(|open| (open.hang_up)());
    }

    /// One that does not read what it is sent is hung up on.
    pub(super) fn send(&self, number: u64, report: &Report) {
        if let Some(open) = self.lock().open.get(&number)
            && open.reports.try_send(*report).is_err()
        {
            (open.hang_up)();
        }
    }

    /// What is in it holds whatever has panicked.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until there is nothing more to come, and hangs up.
fn write<T: Stream>(mut stream: T, unsent: &Receiver<Report>) {
    while let Ok(report) = unsent.recv() {
        if stream.write_all(&report).is_err() {
            break;
        }
    }
    stream.hang_up();
}

#[cfg(test)]
mod tests;
