#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;

/// Both ends of a connection.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, theirs)
}

#[test]
fn where_there_is_no_room_the_oldest_stranger_goes_and_no_client() {
    let beginners = Beginners::default();
    let (began, begun) = channel();
    let connect = || {
        let (ours, theirs) = connection();
        let began = began.clone();
        beginners.take(ours, move |mut beginner| {
            let mut byte = [0];
            while beginner.read_exact(&mut byte).is_ok() {
                beginner.begun().unwrap();
                began.send(byte).unwrap();
            }
        });
        theirs
    };
    let mut client = connect();
    client.write_all(&[1]).unwrap();
    assert_eq!(begun.recv(), Ok([1]));
    let mut strangers: Vec<TcpStream> = (0..=MOST_BEGINNERS).map(|_| connect()).collect();
    assert_eq!(strangers[0].read(&mut [0]).unwrap_or(0), 0, "it was hung up on");
    for (mut other, byte) in strangers.drain(1..).chain([client]).zip(2..) {
        other.write_all(&[byte]).unwrap();
        assert_eq!(begun.recv(), Ok([byte]));
    }
}

#[test]
fn however_slowly_somebody_speaks_their_time_is_over_at_its_end() {
    let (ours, mut theirs) = connection();
    theirs.write_all(&[1]).unwrap();
    let mut beginner =
        Beginner { stream: ours, number: 1, others: Beginners::default(), until: Some(Instant::now()) };
    assert_eq!(beginner.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    beginner.begun().unwrap();
    assert_eq!(beginner.read(&mut [0]).unwrap(), 1);
}
