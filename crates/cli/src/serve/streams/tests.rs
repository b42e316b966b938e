#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::TrySendError;

/// Both ends of a connection.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, theirs)
}

#[test]
fn whoever_does_not_read_is_hung_up_on_and_counts_until_they_are_gone() {
    let streams = Streams::default();
    let (ours, mut theirs) = connection();
    let number = streams.add(&ours).unwrap().unwrap();
    let report = [7; REPORT_SIZE];
    // Until the system keeps no more of it, nor do we, and its writer has ended.
    while streams.lock().open[&number].reports.try_send(report) != Err(TrySendError::Disconnected(report)) {
        streams.send(number, &report);
    }
    // It was hung up on, so this ends.
    let _ = theirs.read_to_end(&mut Vec::new());
    assert_eq!(streams.lock().open.len(), 1, "its threads are still here");
    streams.remove(number);
    assert_eq!(streams.lock().open.len(), 0);
}

#[test]
fn there_are_no_more_than_there_is_room_for() {
    let streams = Streams::default();
    let connections: Vec<_> = (0..=MOST_STREAMS).map(|_| connection()).collect();
    let taken = connections.iter().filter(|(ours, _)| streams.add(ours).unwrap().is_some());
    assert_eq!(taken.count(), MOST_STREAMS);
    let mut last = &connections[MOST_STREAMS].1;
    assert_eq!(last.read(&mut [0]).unwrap_or(0), 0, "it was hung up on");
}
