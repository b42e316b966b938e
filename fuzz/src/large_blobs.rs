//! Lists of operations on large blobs, by two processes over one store, against a model: whoever reads, reads the array that
//! was written last, whole, however the writes were cut, failed and overtaken.

use crate::operations::fault;
use authenticator_core::{Profile, Step, begin};
use authenticator_host::HashMapStore;
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::Value;
use authenticator_testkit::contract::Shared;
use authenticator_testkit::request::{
    Request, large_blob_array, large_blob_fragments, read_large_blobs, write_large_blobs,
};
use std::time::Duration;

/// What is read before anything was written.
const INITIAL: [u8; 17] =
    [0x80, 0x76, 0xBE, 0x8B, 0x52, 0x8D, 0x00, 0x75, 0xF7, 0xAA, 0xE9, 0x8D, 0x6F, 0xA5, 0x7A, 0x6D, 0x3C];

/// Arrays of one piece to four.
const LENGTHS: [usize; 8] = [17, 100, 1024, 1025, 2048, 3000, 4095, 4096];

/// How long fragments are at most.
const FRAGMENTS: [usize; 4] = [1136, 700, 99, 1024];

/// How long a sequence waits for its next fragment, in seconds.
const WINDOW: u64 = 30;

struct Model {
    writers: [Writer; 2],
    /// A third process, which only reads.
    reader: Process,
    stored: Vec<u8>,
}

type Process = Sim<Shared<HashMapStore>>;

struct Writer {
    sim: Process,
    /// An array of which some fragments were taken, and those that were not sent yet, the next at the end.
    staged: Option<(Vec<u8>, Vec<Request>)>,
    /// For how long it has waited.
    idle: u64,
    /// An array that is being committed.
    pending: Option<(Vec<u8>, Step)>,
}

/// Each pair of bytes is an operation: what to do and who does it, and how much of it.
///
/// # Panics
/// When the authenticator and the model disagree.
pub fn large_blobs(data: &[u8]) {
    let Some(mut model) = Model::new() else { return };
    for pair in data.chunks_exact(2).take(48) {
        let (what, how) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
        model.step(what, how);
        model.agrees();
    }
}

impl Model {
    fn new() -> Option<Self> {
        let store = Shared::new(HashMapStore::default());
        let open = |seed| {
            let sim = Sim::over(Profile::security_key([0; 16]), store.clone(), seed).ok()?;
            Some(Writer { sim, staged: None, idle: 0, pending: None })
        };
        let (one, two, reader) = (open(1)?, open(2)?, open(3)?);
        Some(Self { writers: [one, two], reader: reader.sim, stored: INITIAL.to_vec() })
    }

    fn step(&mut self, what: u8, how: u8) {
        let [one, two] = &mut self.writers;
        let writer = if what < 0x80 { one } else { two };
        let written = match what % 11 {
            0 | 1 => writer.begin(how),
            2 | 3 => writer.next(),
            4 => writer.rest(),
            5 | 6 => writer.go_on(1),
            7 => {
                writer.refused(how);
                None
            }
            8 => {
                writer.interrupted(how);
                None
            }
            9 => {
                writer.sim.world.store.fail_commit(usize::from(how / 8 % 4), fault(how));
                None
            }
            _ => {
                writer.wait(u64::from(how % 64));
                None
            }
        };
        self.stored = written.unwrap_or_else(|| self.stored.clone());
        if what % 11 == 8 && how % 4 == 3 {
            self.reset(what);
        }
    }

    /// In time after power-up.
    fn reset(&mut self, what: u8) {
        let [one, two] = &mut self.writers;
        let writer = if what < 0x80 { one } else { two };
        writer.sim.clock.reboot();
        writer.sim.power_cycle(Duration::ZERO);
        if writer.sim.send_bytes(&[0x07]).status == 0x00 {
            self.stored = INITIAL.to_vec();
            // What was staged under the old generation is worth nothing any more, whoever had it.
            self.writers.iter_mut().for_each(|writer| writer.staged = None);
        }
    }

    fn agrees(&mut self) {
        let mut read = Vec::new();
        loop {
            let offset = u64::try_from(read.len()).unwrap_or(u64::MAX);
            let reply = self.reader.send(&read_large_blobs(1136, offset));
            assert_eq!(reply.status, 0x00, "any place of the array can be read");
            let fragment = reply.member(0x01).as_ref().and_then(Value::as_bytes).cloned().unwrap_or_default();
            read.extend_from_slice(&fragment);
            if fragment.len() < 1136 {
                break;
            }
        }
        assert!(read == self.stored, "{} bytes where {} were written last", read.len(), self.stored.len());
        let mut wrong = 0;
        let audit = self.reader.world.context().audit(&mut |_| wrong += 1);
        assert!(wrong == 0 && audit.is_ok_and(|audit| audit.large_blobs <= 7), "{wrong} findings");
    }
}

impl Writer {
    /// The first fragment of an array whose length, bytes and fragments `how` tells.
    fn begin(&mut self, how: u8) -> Option<Vec<u8>> {
        self.pending = None;
        let length = LENGTHS.get(usize::from(how % 8)).copied().unwrap_or(17);
        let longest = FRAGMENTS.get(usize::from(how / 8 % 4)).copied().unwrap_or(99);
        let array = large_blob_array(length, how);
        let mut fragments = large_blob_fragments(&array, longest);
        fragments.reverse();
        self.staged = Some((array, fragments));
        self.idle = 0;
        self.next()
    }

    /// The next fragment, or one of nothing. The array, if it was written.
    fn next(&mut self) -> Option<Vec<u8>> {
        self.pending = None;
        let Some((array, mut fragments)) = self.staged.take() else {
            self.refused(0);
            return None;
        };
        let fragment = fragments.pop()?;
        if fragments.is_empty() {
            let step = begin(&fragment.encode(), &mut self.sim.world.context(), self.sim.requester);
            self.pending = Some((array, step));
            return self.go_on(0); // it ends at once where it was too late
        }
        let status = self.sim.send(&fragment).status;
        // A first fragment is never too late.
        let late = self.idle > WINDOW && fragment.member(0x04).is_none();
        assert_eq!(status, if late { 0x04 } else { 0x00 });
        if !late {
            self.staged = Some((array, fragments));
            self.idle = 0;
        }
        None
    }

    /// Whatever is left, to the end.
    fn rest(&mut self) -> Option<Vec<u8>> {
        while self.staged.is_some() {
            if let Some(written) = self.next() {
                return Some(written);
            }
        }
        self.go_on(200)
    }

    /// So many steps of what is being committed. The array, if it was written.
    fn go_on(&mut self, steps: usize) -> Option<Vec<u8>> {
        let (array, mut step) = self.pending.take()?;
        for _ in 0..steps {
            if let Step::Done(done) = step {
                self.sim.world.store.heal();
                return done.result.is_ok().then_some(array);
            }
            step = self.sim.answer(step);
        }
        if let Step::Done(done) = &step {
            self.sim.world.store.heal();
            return done.result.is_ok().then_some(array);
        }
        self.pending = Some((array, step));
        None
    }

    /// A fragment that nothing awaits: it ends what was begun.
    fn refused(&mut self, how: u8) {
        (self.pending, self.staged) = (None, None);
        let request = write_large_blobs(b"fragment", u64::from(how).saturating_add(5000), None);
        assert_eq!(self.sim.send(&request).status, 0x04);
    }

    /// Another command comes in between, or the power goes.
    fn interrupted(&mut self, how: u8) {
        (self.pending, self.staged) = (None, None);
        match how % 3 {
            0 => assert_eq!(self.sim.send_bytes(&[0x04]).status, 0x00),
            1 => assert_eq!(self.sim.send(&read_large_blobs(10, 0)).status, 0x00),
            _ => self.sim.power_cycle(Duration::from_secs(1)),
        }
        self.sim.world.store.heal();
    }

    fn wait(&mut self, seconds: u64) {
        self.sim.clock.advance(Duration::from_secs(seconds));
        self.idle = self.idle.saturating_add(seconds);
    }
}
