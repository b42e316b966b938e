//! The loop, with a thread that commits beside it.

use crate::bench::{CBOR, ERROR, INIT, Person, registration};
use authenticator_core::store::{ChangeSet, CommitError, CommitId, Lookup, Query, Store, StoreError, Visit};
use authenticator_core::{Gesture, Profile};
use authenticator_host::hid::{Ended, Endpoint, Input, run, write};
use authenticator_host::{HashMapStore, PluggedClock, SoftwareKeys, SystemClock, World};
use authenticator_testkit::{SeededRng, device_key};
use authenticator_transport::ctaphid::{Report, Settings};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

/// A store whose commits say that they have begun, and wait until they may go on.
struct Gate {
    store: HashMapStore,
    begun: Sender<()>,
    go_on: Receiver<()>,
}

impl Lookup for Gate {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.store.last_commit()
    }
}

impl Store for Gate {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.begun.send(()).map_err(|_| CommitError::Failed)?;
        self.go_on.recv().map_err(|_| CommitError::Failed)?;
        self.store.commit(changes)
    }
}

/// One report that holds a whole message.
fn report(channel: &[u8], command: u8, data: &[u8]) -> Report {
    let mut report = [0; 64];
    let bytes = [channel, &[command, 0, u8::try_from(data.len()).unwrap()], data].concat();
    report[..bytes.len()].copy_from_slice(&bytes);
    report
}

/// Who is served after this commit, and who hears of it, in the order in which it happens.
#[test]
fn a_commit_that_hangs_keeps_nobody_from_being_heard() {
    let (begun, has_begun) = channel();
    let (may_go_on, go_on) = channel();
    let store = Gate { store: HashMapStore::default(), begun, go_on };
    may_go_on.send(()).unwrap(); // for setting the store up
    let world = World::open(
        Profile::security_key([0; 16]),
        &device_key(),
        store,
        SeededRng::new(1),
        SystemClock::default(),
    )
    .unwrap();
    has_begun.recv().unwrap();
    let person = Person { habit: Some(Ok(Gesture::TOUCH)), ..Person::default() };
    let (input, inputs) = sync_channel(16);
    let (job, jobs) = channel();
    let (output, outputs) = channel();
    let results = input.clone();
    let writer = std::thread::spawn(move || write(&jobs, &results));
    let served = std::thread::spawn(move || {
        let mut key = Endpoint::new(Settings::default(), world, person, SoftwareKeys);
        let send = move |link: u8, report: &Report| output.send((link, *report)).unwrap();
        run(&mut key, &inputs, &job, send, |_| {})
    });
    let feed = |link, report| input.send(Input::Report(link, report)).unwrap();
    // The keepalives of a slow machine are of no interest here.
    let next = || loop {
        let (link, report) = outputs.recv().unwrap();
        if report[4] != 0xBB {
            return (link, report);
        }
    };
    let open = |link| {
        feed(link, report(&[0xFF; 4], INIT, b"a nonce."));
        let (_, opened) = next();
        opened[15..19].to_vec()
    };
    let (mine, other) = (open(0), open(1));
    let request = registration(b"u");
    let (first, rest) = request.split_at(57);
    let mut begin = report(&mine, CBOR, first);
    begin[5..7].copy_from_slice(&u16::try_from(request.len()).unwrap().to_be_bytes());
    feed(0, begin);
    for (sequence, part) in rest.chunks(59).enumerate() {
        let mut more = [0; 64];
        let bytes = [&mine, [u8::try_from(sequence).unwrap()].as_slice(), part].concat();
        more[..bytes.len()].copy_from_slice(&bytes);
        feed(0, more);
    }
    has_begun.recv().unwrap();
    // It hangs. The other client is answered all the same.
    feed(1, report(&other, 0x81, b"?"));
    assert_eq!(next(), (1, report(&other, ERROR, &[0x06])));
    open(1);
    may_go_on.send(()).unwrap();
    let (link, reply) = next();
    assert_eq!((link, &reply[..5], reply[7]), (0, [&mine, [CBOR].as_slice()].concat().as_slice(), 0x00));
    input.send(Input::Unplug).unwrap();
    assert_eq!(served.join().unwrap(), Ended::Unplugged);
    writer.join().unwrap();
}

/// A store that panics when it is to be written, but for the first time.
struct Trap(HashMapStore, bool);

impl Lookup for Trap {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.0.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.0.last_commit()
    }
}

impl Store for Trap {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        assert!(!std::mem::replace(&mut self.1, true), "this store panics");
        self.0.commit(changes)
    }
}

#[test]
fn a_thread_that_dies_over_a_commit_ends_the_loop() {
    let profile = Profile::security_key([0; 16]);
    let store = Trap(HashMapStore::default(), false);
    let world =
        World::open(profile, &device_key(), store, SeededRng::new(1), PluggedClock::default()).unwrap();
    let person = Person { habit: Some(Ok(Gesture::TOUCH)), ..Person::default() };
    let mut key = Endpoint::new(Settings::default(), world, person, SoftwareKeys);
    let (input, inputs) = sync_channel(16);
    let (job, jobs) = channel();
    // As in a program, there are others who could still say something.
    let results = input.clone();
    let writer = std::thread::spawn(move || write(&jobs, &results));
    for report in [
        report(&[0xFF; 4], INIT, b"a nonce."),
        // What is asked there is a reset, which has something to commit.
        report(&[0, 0, 0, 1], CBOR, &[0x07]),
    ] {
        input.send(Input::Report(0_u8, report)).unwrap();
    }
    assert_eq!(run(&mut key, &inputs, &job, |_, _| {}, |_| {}), Ended::Abandoned);
    assert!(writer.join().is_err());
}
