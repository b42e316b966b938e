#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use std::net::{TcpListener, TcpStream};

#[test]
fn a_token_is_itself_alone() {
    let token = Token::of(None).unwrap();
    let said = token.said().unwrap();
    assert_eq!(said.len(), 64);
    assert!(token.is(said));
    for other in ["", &said[1..], &format!("{said} "), &said.to_uppercase()] {
        // A token without a letter is the same in capitals; there is none such in a lifetime of tests.
        assert!(!token.is(other), "{other:?}");
    }
    assert!(!Token::of(None).unwrap().is(said), "no two are the same");
}

/// Both ends of a connection.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, theirs)
}

#[test]
fn whoever_does_not_read_is_hung_up_on_and_the_others_are_told() {
    let clients = Clients::default();
    let ((slow, mut slow_end), (quick, quick_end)) = (connection(), connection());
    clients.add(&slow).unwrap();
    let mut quick_end = BufReader::new(quick_end);
    clients.add(&quick).unwrap();
    let mut line = String::new();
    quick_end.read_line(&mut line).unwrap();
    assert!(line.contains("authenticator_lab"), "the greeting comes first: {line}");
    let long = Value::from("x".repeat(1 << 20));
    // More than the system keeps for somebody, and than the lab does.
    for _ in 0..(UNREAD_BYTES >> 20) + 64 {
        clients.tell_all(&long);
        line.clear();
        quick_end.read_line(&mut line).unwrap();
        assert_eq!(line.len(), (1 << 20) + 3);
    }
    // What it was sent before it may read, and then it is over.
    let mut sent = Vec::new();
    let _ = slow_end.read_to_end(&mut sent);
    assert!(sent.len() < UNREAD_BYTES);
    clients.close();
}
