#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;

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

#[test]
fn whoever_does_not_read_is_hung_up_on_and_the_others_are_told() {
    let clients = Clients::default();
    let (lines, unread) = sync_channel(1);
    let writer = std::thread::spawn(|| {});
    clients.lock().clients.insert(1, Client { lines, writer });
    clients.tell_all(&Value::from("one"));
    assert!(clients.lock().clients.contains_key(&1));
    clients.tell_all(&Value::from("two"));
    assert!(!clients.lock().clients.contains_key(&1));
    assert_eq!(unread.iter().collect::<Vec<_>>(), ["\"one\"\n"], "then it is hung up on");
    clients.tell(1, &Value::from("nobody hears that"));
    clients.close();
}
