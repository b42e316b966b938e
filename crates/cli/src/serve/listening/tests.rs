#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use std::sync::mpsc::sync_channel;

#[test]
fn a_port_is_free_once_nobody_listens_there() {
    let (accepted, streams) = sync_channel(1);
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let (listening, bound) = listen_tcp(anywhere, move |_| accepted.send(()).unwrap()).unwrap();
    let there = from_here(bound);
    TcpStream::connect(there).unwrap();
    streams.recv().unwrap();
    drop(listening);
    assert_eq!(TcpStream::connect(there).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert!(streams.recv().is_err(), "what has woken it was no client");
}

#[test]
fn what_cannot_be_taken_passes() {
    let (came, comes) = sync_channel(4);
    let mut coming =
        [Err(ErrorKind::Other.into()), Err(ErrorKind::ConnectionReset.into()), Ok(7)].into_iter();
    let (wakes, woken) = sync_channel::<()>(1);
    let next = move || {
        coming.next().unwrap_or_else(|| {
            woken.recv().unwrap();
            Ok(8)
        })
    };
    let wake = move || wakes.send(()).map_err(io::Error::other);
    let listening = Listening::new(wake, next, move |number| came.send(number).unwrap()).unwrap();
    assert_eq!(comes.recv(), Ok(7));
    drop(listening);
    assert!(comes.recv().is_err());
}

#[cfg(unix)]
#[test]
fn a_socket_at_a_path_leaves_nothing_else_there_and_takes_nobodys_place() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    let folder = tempfile::tempdir().unwrap();
    let names = || std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let path = folder.path().join("key.sock");
    let listening = listen_unix(&path, |_| {}).ok().unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names().collect::<Vec<_>>(), ["key.sock"]);
    UnixStream::connect(&path).unwrap();
    assert!(listen_unix(&path, |_| {}).is_err(), "somebody listens there");
    UnixStream::connect(&path).unwrap();
    drop(listening);
    assert_eq!(names().count(), 0);
}
